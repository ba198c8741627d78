// Hostile names stay text: no script runs, no direction changes, and long names break no layout.

import { check, equal, fits, given, open, outcome, parts, test } from "./browser.mjs";

await test(async () => {
  const page = await open({ width: 400, policy: true });
  await page.addInitScript(() => { globalThis.alert = () => { globalThis.hacked = true; }; });
  await page.reload();
  await outcome(page, "Ready");
  await parts(page).publish.click();
  await outcome(page, `${given.names.length} problems to solve`);
  const messages = await page.locator(".card .message").allTextContents();
  for (const name of given.names) {
    check(messages.some((text) => text.startsWith(name.slice(0, 1000))), `no message is about ${name.slice(0, 40)}`);
  }
  await fits(page, "Problems");
  for (const summary of await page.locator(".card summary").all()) await summary.click();
  await fits(page, "Problems with details");

  await page.getByRole("tab", { name: "Overview" }).click();
  const shown = await page.locator("virtual-list[aria-label=Instances] .row .name").allTextContents();
  for (const name of given.names) check(shown.includes(name), `no row is named ${name.slice(0, 40)}`);
  // A mark of direction in a name affects nothing beside it: the box stays at the right edge.
  const boxes = await page.locator("virtual-list[aria-label=Instances] .row input:visible").evaluateAll((all) => all.map((box) => Math.round(box.getBoundingClientRect().right)));
  equal(new Set(boxes).size, 1, `the boxes stand at ${boxes}`);
  await fits(page, "Overview");

  for (const name of given.names) {
    await page.getByRole("tab", { name: "Overview" }).click();
    await page.locator("virtual-list[aria-label=Instances] .row[aria-level='2']:visible").filter({ hasText: name.slice(0, 30) }).first().click({ position: { x: 60, y: 10 } });
    await page.locator("pyblish-details h2").waitFor();
    await fits(page, "Details");
  }
  for (const view of ["Log", "Timeline", "History"]) {
    await page.getByRole("tab", { name: view }).click();
    if (view === "Timeline") {
      await page.getByLabel("A line for each").selectOption("instance");
      await page.locator(".lane").first().waitFor();
    }
    if (view === "History") {
      await page.locator(".run summary").first().click();
      await page.locator(".run .more li").first().waitFor();
    }
    if (view === "Log") await page.locator("pyblish-log .row").first().waitFor();
    await fits(page, view);
  }
  equal(await page.evaluate(() => [globalThis.hacked ?? false, document.querySelectorAll("main script, main img, main iframe").length]), [false, 0], "scripts ran");
});
