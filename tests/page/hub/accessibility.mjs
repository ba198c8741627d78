// axe-core finds nothing in any view, in both themes and at all widths; nothing is too wide.

import { axeSource, check, open, test } from "../browser.mjs";
import { at, enter, rows } from "./hub.mjs";

const WIDTHS = [1440, 900, 390];

/** The views, and what is there when they are drawn. */
const VIEWS = [
  ["#/runs", ".run-row"], ["#/runs?state=failed&user=anna", ".run-row"], ["#/runs?project=nobody", "text=No run fits"], ["#/now", "hub-now table"], ["#/versions", ".version-row"],
  ["#/plugins", "hub-plugins table"], ["#/plugins/ValidateMesh", "hub-plugins figure"], ["#/machines", "hub-machines table"], ["#/access", "hub-access table"],
];

await test(async () => {
  const page = await enter();
  const found = new Map();
  const look = async (page, where) => {
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, impact, help, nodes } of violations) {
      found.set(id, `${id} (${impact}) in ${where}: ${help}\n  ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 300)}\n  ${node.failureSummary}`).join("\n  ")}`);
    }
    const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll(".view, .problem, .title h2, .facts, hub-filters, header")]
      .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1).map((one) => `${one.tagName}.${one.className} has ${one.scrollWidth} for ${one.clientWidth} pixels`));
    check(wide.length === 0, `${where} is too wide: ${wide.slice(0, 3).join("; ")}`);
  };
  const everywhere = async (page, where) => {
    for (const theme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme: theme });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await look(page, `${where}, ${theme}, ${width} pixels`);
      }
    }
  };
  await page.evaluate(axeSource());
  for (const [address, there] of VIEWS) {
    await at(page, address);
    await page.locator(there).filter({ visible: true }).first().waitFor();
    await everywhere(page, address);
  }
  // A failed run, and a version.
  await at(page, "#/runs?state=failed&user=anna");
  await rows(page).first().click();
  await page.locator("hub-run .lane").first().waitFor();
  await page.locator(".result-row").nth(1).click();
  await everywhere(page, "a run");
  await at(page, "#/versions");
  await page.locator(".version-row").first().click();
  await page.locator("hub-versions .facts").waitFor();
  await everywhere(page, "a version");
  await page.keyboard.press("?");
  await everywhere(page, "the keys");
  const stranger = await open({ path: "/" });
  await stranger.evaluate(axeSource());
  await stranger.getByRole("heading", { name: "This browser is not known" }).waitFor();
  await everywhere(stranger, "the entrance");
  check(found.size === 0, [...found.values()].join("\n"));
});
