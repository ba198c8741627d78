// A run that a dead server interrupted is offered at the top, and continued with one press.

import { check, equal, open, outcome, parts, server, session, test } from "./browser.mjs";

await test(async () => {
  const page = await open({ width: 420, height: 900 });
  await outcome(page, "The last run was interrupted");
  const goOn = page.locator("pyblish-problems").getByRole("button", { name: "Continue" });
  check(await goOn.isVisible(), "Continue is not at the top");
  check((await page.locator(".outcome p").textContent()).includes("Press Continue to finish it"), "it does not say what to press");
  check(await parts(page).stop.isDisabled(), "a live Stop of a run that is over");
  check((await page.title()).startsWith("The last run was interrupted · "), await page.title());
  await goOn.click();
  await outcome(page, "Published");
  const { body } = await server(`${await session()}/runs`);
  equal([body.items[0].state, body.items[0].continuesRunId], ["succeeded", "r1"], "the run");
});
