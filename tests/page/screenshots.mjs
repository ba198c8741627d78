// Pictures of each view and state, in both themes and at four widths, for people to look at.

import { join } from "node:path";
import { given, open, outcome, parts, server, session, test } from "./browser.mjs";

const SIZES = [["1440", 1440, 900], ["900", 900, 900], ["420", 420, 900], ["390", 390, 844]];
const VIEWS = ["Overview", "Problems", "Details", "Log", "Timeline", "History"];

await test(async () => {
  const page = await open({ width: 1440, height: 900 });
  const shot = async (name) => {
    // Pictures and fonts are loaded, and animations have ended.
    await page.evaluate(() => Promise.all([document.fonts.ready, ...[...document.images].map((image) => image.decode().catch(() => {})), ...document.getAnimations().map((one) => one.finished)]));
    await page.screenshot({ path: join(given.folder, `${name}.png`) });
  };
  const all = async (name, before = async () => {}) => {
    for (const theme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme: theme });
      for (const [size, width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        await before(size);
        await shot(`${name}-${size}-${theme}`);
      }
    }
  };
  const view = (label) => async (size) => {
    if (label === "Overview" && Number(size) >= 896) return page.getByRole("tab", { name: "Problems" }).click();
    await page.getByRole("tab", { name: label }).click();
  };
  await outcome(page, "Ready");
  await all("ready", view("Problems"));
  await parts(page).publish.click();
  await outcome(page, "problems to solve");
  await all("failed", view("Problems"));
  await page.locator(".card").first().getByRole("button", { name: /Repair/ }).click();
  await outcome(page, "1 problem to solve");
  await page.getByLabel("Comment for what you publish").fill("The hero's first set of maps");
  await page.locator(".card.failed").getByRole("button", { name: "Leave it out" }).click();
  await outcome(page, "All problems are");
  await all("solved", view("Problems"));
  await parts(page).publish.click();
  await page.locator(".what").filter({ hasText: "Render" }).waitFor();
  await all("running", view("Overview"));
  await outcome(page, /Published/);
  await page.locator("pyblish-overview .row:visible").filter({ hasText: "hero" }).first().click();
  for (const label of VIEWS) {
    await all(label.toLowerCase(), async (size) => {
      await view(label)(size);
      if (label === "Timeline") await page.locator(".lane").first().waitFor();
      if (label === "History") {
        await page.locator(".run").first().waitFor();
        if (!(await page.locator(".run[open]").count())) await page.locator(".run summary").first().click();
        await page.locator(".comparison").waitFor();
      }
    });
  }
  await page.keyboard.press("?");
  await all("keys");
  await page.keyboard.press("Escape");
  await server(await session(), { method: "DELETE" });
  await page.locator("pyblish-ended").getByRole("heading", { name: "This session was closed" }).waitFor();
  await all("closed");
});
