// Pictures of each view of the hub's page, in both themes and at three widths, for people to look at.

import { join } from "node:path";
import { given, test } from "../browser.mjs";
import { at, enter, rows } from "./hub.mjs";

const SIZES = [["1440", 1440, 900], ["900", 900, 900], ["390", 390, 844]];

const VIEWS = [
  ["runs", "#/runs", ".run-row"], ["filtered", "#/runs?state=failed&within=30d&q=ngons", ".run-row"], ["now", "#/now", "hub-now table"], ["versions", "#/versions", ".version-row"],
  ["plugins", "#/plugins", "hub-plugins table"], ["plugin", "#/plugins/ValidateMesh", "hub-plugins figure"], ["machines", "#/machines", "hub-machines table"], ["access", "#/access", "hub-access table"],
];

await test(async () => {
  const page = await enter({ width: 1440, height: 900 });
  const all = async (name) => {
    for (const theme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme: theme });
      for (const [size, width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: join(given.folder, `hub-${name}-${size}-${theme}.png`) });
      }
    }
  };
  for (const [name, address, there] of VIEWS) {
    await at(page, address);
    await page.locator(there).filter({ visible: true }).first().waitFor();
    await all(name);
  }
  await at(page, "#/runs?user=anna&state=failed");
  await rows(page).first().click();
  await page.locator("hub-run .lane").first().waitFor();
  await all("run");
  await at(page, "#/versions");
  await page.locator(".version-row").first().click();
  await page.locator("hub-versions .facts").waitFor();
  await all("version");
});
