// axe-core finds nothing in any view and state, in both themes and at all widths.

import { axeSource, check, fits, open, outcome, parts, server, session, test } from "./browser.mjs";

const VIEWS = ["Overview", "Problems", "Details", "Log", "Timeline", "History"];
const WIDTHS = [1440, 900, 420, 390];

await test(async () => {
  const page = await open();
  const found = new Map();
  const look = async (where) => {
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, impact, help, nodes } of violations) {
      found.set(id, `${id} (${impact}) in ${where}: ${help}\n  ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 300)}\n  ${node.failureSummary}`).join("\n  ")}`);
    }
  };
  /** Looks in both themes and at all widths. */
  const everywhere = async (where, before = async () => true) => {
    for (const theme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme: theme });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        if (!(await before(width))) continue;
        await look(`${where}, ${theme}, ${width} pixels`);
        await fits(page, `${where} at ${width} pixels`);
      }
    }
  };
  await page.evaluate(axeSource());
  await outcome(page, "Ready");
  await look("the page at first");
  await parts(page).publish.click();
  await outcome(page, "1 problem to solve");
  await parts(page).row("bad").click();
  await page.getByRole("button", { name: "Edit broken" }).click();
  for (const view of VIEWS) {
    await everywhere(view, async (width) => {
      // On a wide screen it is beside the other views and has no tab.
      if (view === "Overview" && width >= 896) return false;
      await page.getByRole("tab", { name: view }).click();
      if (view === "Timeline") await page.locator(".lane").first().waitFor();
      if (view === "History") {
        await page.locator(".run").first().waitFor();
        if (!(await page.locator(".run .links").count())) await page.locator(".run summary").first().click();
        await page.locator(".run .more .muted").first().waitFor();
      }
      return true;
    });
  }
  await page.getByRole("tab", { name: "Problems" }).click();
  await page.locator(".card.failed").getByRole("button", { name: "Leave it out" }).click();
  await page.locator(".card.solved").waitFor();
  await everywhere("a solved card");
  await page.keyboard.press("?");
  await everywhere("the list of keys");
  await page.keyboard.press("Escape");
  await server(await session(), { method: "DELETE" });
  await page.locator("pyblish-ended").getByRole("heading", { name: "This session was closed" }).waitFor();
  await everywhere("a closed session");
  check(found.size === 0, [...found.values()].join("\n"));
});
