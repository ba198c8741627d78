// axe-core finds no serious issue in any view, in both themes and at both widths.

import { axeSource, check, fits, open, outcome, parts, test } from "./browser.mjs";

const VIEWS = ["Overview", "Problems", "Details", "Log", "Timeline", "History"];

await test(async () => {
  const page = await open();
  await page.evaluate(axeSource());
  const found = new Map();
  const look = async (where) => {
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, impact, help, nodes } of violations) {
      if (impact === "serious" || impact === "critical") found.set(id, `${id} (${impact}) in ${where}: ${help}\n  ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 300)}\n  ${node.failureSummary}`).join("\n  ")}`);
    }
  };
  await outcome(page, "Ready");
  await look("the page at first");
  await parts(page).publish.click();
  await outcome(page, "1 problem to solve");
  await parts(page).row("bad").click();
  await page.getByRole("button", { name: "Edit broken" }).click();
  for (const theme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme: theme });
    for (const width of [400, 1600]) {
      await page.setViewportSize({ width, height: 900 });
      for (const view of VIEWS) {
        const tab = page.getByRole("tab", { name: view });
        // On a wide screen it is beside the other views and has no tab.
        if (view === "Overview" && width > 400) continue;
        await tab.click();
        if (view === "Timeline") await page.locator(".lane").first().waitFor();
        if (view === "History") {
          await page.locator(".run").first().waitFor();
          if (!(await page.locator(".run .links").count())) await page.locator(".run summary").first().click();
          await page.locator(".run .more .muted").first().waitFor();
        }
        await look(`${view}, ${theme}, ${width} pixels`);
        await fits(page, `${view} at ${width} pixels`);
      }
    }
  }
  await page.keyboard.press("?");
  await look("the list of keys");
  check(found.size === 0, [...found.values()].join("\n"));
});
