// An instance shows its stages, and is green only after the last one, also when the run was stopped
// in between. The plug-in that was stopped is no problem to solve.

import { check, equal, open, outcome, parts, rowState, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const { publish, validate, stop, row } = parts(page);
  const stages = (name) => row(name).locator(".stage").evaluateAll((all) => all.map((one) => [one.dataset.stage, one.dataset.state]));
  const is = async (name, wanted, words) => {
    await until(words, async () => JSON.stringify(await stages(name)) === JSON.stringify(wanted)).catch(() => {});
    equal(await stages(name), wanted, words);
  };
  await outcome(page, "Ready");
  await is("one", [["validate", "idle"], ["extract", "idle"], ["integrate", "idle"]], "at first");
  await validate.click();
  await outcome(page, "Everything is fine");
  await is("one", [["validate", "succeeded"], ["extract", "idle"], ["integrate", "idle"]], "after Validate");
  equal(await rowState(page, "one"), "partly", "validated is not published");
  equal(await row("one").locator(".stages").getAttribute("aria-label"), "Validate: succeeded, Extract: not run yet, Integrate: not run yet", "in words");

  await row("one").click();
  await page.getByRole("list", { name: "Stages" }).getByText("Extract: not run yet").waitFor();

  await publish.click();
  await page.locator(".what").filter({ hasText: "Wait on two" }).waitFor();
  await is("one", [["validate", "succeeded"], ["extract", "succeeded"], ["integrate", "idle"]], "one is extracted");
  await is("two", [["validate", "succeeded"], ["extract", "working"], ["integrate", "idle"]], "two is at work");
  equal(await rowState(page, "one"), "partly", "extracted is not published");
  await page.reload();
  await is("one", [["validate", "succeeded"], ["extract", "succeeded"], ["integrate", "idle"]], "one after a reload");
  equal(await rowState(page, "three"), "partly", "three was only validated");
  await stop.click();
  await outcome(page, "Stopped");
  for (const again of ["at once", "after a reload"]) {
    equal(await parts(page).cards.count(), 0, `problems to solve ${again}`);
    check(await page.locator("#tab-problems .badge").isHidden(), `a badge ${again}`);
    for (const name of ["one", "two", "three"]) equal(await rowState(page, name), "partly", `${name} ${again}`);
    await is("two", [["validate", "succeeded"], ["extract", "idle"], ["integrate", "idle"]], `two was not extracted ${again}`);
    equal(await rowState(page, "Wait"), "partly", `the extractor ${again}`);
    await page.reload();
    await outcome(page, "Stopped");
  }
});
