// What was left out, edits and the comment survive a reset and a reload, and hold before anything
// is validated. What was taken back stays taken back.

import { check, collectAgain, equal, open, outcome, parts, rowState, server, session, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const path = await session();
  const { row } = parts(page);
  const out = async (name) => until(`${name} is left out`, async () => (await rowState(page, name)) === "out");
  await outcome(page, "Ready");
  await page.getByLabel("Comment for what you publish").fill("half a thought");
  await row("bad").getByRole("checkbox").click();
  await out("bad");
  await row("Extract").last().getByRole("checkbox").click();
  await until("the plug-in is off", async () => (await row("Extract").last().locator(".state").getAttribute("data-state")) === "out");
  await row("good").click();
  await page.getByRole("button", { name: "Add a value" }).click();
  await page.getByLabel("The name of the new value").fill("frames");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("The value of frames as JSON").fill("24");
  await page.getByRole("button", { name: "Save" }).click();
  const shown = async () => {
    await row("good").click();
    await page.locator(".datum").filter({ hasText: "frames" }).filter({ hasText: "24" }).waitFor();
  };
  await shown();

  await collectAgain(page);
  for (const again of ["after Reset", "after a reload"]) {
    await out("bad");
    equal(await row("Extract").last().locator(".state").getAttribute("data-state"), "out", `the plug-in ${again}`);
    await shown();
    equal(await page.getByLabel("Comment for what you publish").inputValue(), "half a thought", `the comment ${again}`);
    await page.reload();
    await outcome(page, "Ready");
  }

  // It holds before the validators of the same run: “bad” would fail.
  equal((await server(`${path}/reset`, { method: "POST" })).status < 300, true, "reset");
  const started = await server(`${path}/runs`, { method: "POST", body: { until: "validate" } });
  const run = await until("the run has ended", async () => {
    const { body } = await server(`${path}/runs/${started.body.id}`);
    return body.ended && body;
  });
  equal([run.state, run.failed], ["succeeded", 0], "the run");

  await row("bad").getByRole("checkbox").click();
  await until("bad is back", async () => (await rowState(page, "bad")) !== "out");
  await collectAgain(page);
  await until("bad is there", async () => (await row("bad").count()) === 1);
  check((await rowState(page, "bad")) !== "out", "what was taken back is left out again");
});
