// Rows that differ can be told apart, however long their names are; columns can be dragged, and keep
// their widths.

import { check, equal, fits, open, outcome, parts, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open({ width: 1440, height: 900 });
  await outcome(page, "Ready");
  const list = page.locator("virtual-list[aria-label=Instances]");
  const rows = list.locator(".row[aria-level='2']:visible");
  /** What is in sight of each row: the parts of its name and its note that are not cut off. */
  const seen = () => rows.evaluateAll((all) => all.map((row) => {
    const parts = [...row.querySelectorAll(".name .end, .note")].filter((part) => part.textContent && part.scrollWidth <= part.clientWidth + 1);
    const { right } = row.getBoundingClientRect();
    return parts.filter((part) => part.getBoundingClientRect().right <= right).map((part) => part.textContent).join(" | ");
  }));
  for (const width of [1440, 900, 420, 390]) {
    await page.setViewportSize({ width, height: 900 });
    if (width < 896) await page.getByRole("tab", { name: "Overview" }).click();
    await until("the rows are there", async () => (await rows.count()) === 5);
    const texts = await seen();
    equal(new Set(texts).size, 5, `rows that can be told apart at ${width} pixels: ${JSON.stringify(texts)}`);
    await fits(page, `long names at ${width} pixels`);
  }

  await page.setViewportSize({ width: 1440, height: 900 });
  const bar = page.getByRole("separator", { name: "Width of the names" });
  const name = rows.first().locator(".name");
  const before = (await name.boundingBox()).width;
  const box = await bar.boundingBox();
  await page.mouse.move(box.x + 4, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 84, box.y + 200, { steps: 4 });
  await page.mouse.up();
  const after = (await name.boundingBox()).width;
  check(after > before + 20, `the column was ${before} pixels wide, and is ${after} after it was dragged`);
  await page.reload();
  await outcome(page, "Ready");
  await until("the width is kept", async () => Math.abs((await name.boundingBox()).width - after) < 2);
  await bar.focus();
  await page.keyboard.press("ArrowLeft");
  await until("a key moves it", async () => (await name.boundingBox()).width < after - 5);

  // The overview as a whole.
  const divider = page.getByRole("separator", { name: "Width of the overview" });
  const overview = page.locator("pyblish-overview");
  const wide = (await overview.boundingBox()).width;
  await divider.focus();
  for (let press = 0; press < 5; press++) await page.keyboard.press("ArrowLeft");
  await until("it is narrower", async () => (await overview.boundingBox()).width < wide - 50);
  await fits(page, "a narrow overview");
});
