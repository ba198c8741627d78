// Stop during a long plug-in: the bar shows its progress, its records are live, and the session
// goes on.

import { check, equal, open, outcome, parts, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const { publish, stop, progress, host } = parts(page);
  await outcome(page, "Ready");
  check(await stop.isDisabled(), "there is nothing to stop yet");
  await publish.click();
  await page.locator(".what").filter({ hasText: "Work, 25 %: a quarter" }).waitFor();
  // The collector has run before, so this is a quarter of the only step.
  await until("the bar shows the progress inside of the plug-in", async () => (await progress.getAttribute("aria-valuenow")) === "25");
  await host.filter({ hasText: /busy since \d/ }).waitFor();
  await until("a second has passed", async () => (await page.locator(".elapsed").textContent()) !== "0:00");
  check(await publish.isDisabled(), "a second run cannot be started");
  await page.getByRole("tab", { name: "Log" }).click();
  await page.locator("pyblish-log .row").filter({ hasText: "Beginning" }).waitFor();
  await page.getByRole("tab", { name: "Problems" }).click();
  const before = Date.now();
  await stop.click();
  await outcome(page, "Stopped");
  const took = Date.now() - before;
  check(took < 2000, `stopping took ${took} ms`);
  await host.filter({ hasText: "Connected to Scenario" }).waitFor();
  equal(await publish.isDisabled(), false, "publish is off");
  // The run continues where it was stopped: the collector does not run again.
  const goOn = page.locator("pyblish-run-bar").getByRole("button", { name: "Continue" });
  await goOn.waitFor();
  await page.locator(".outcome").filter({ hasText: "Press Continue to finish the run" }).waitFor();
  await goOn.click();
  await page.locator(".what").filter({ hasText: "Work, 25 %: a quarter" }).waitFor();
  check(await goOn.isHidden(), "a run that goes on cannot be continued");
  await stop.click();
  await outcome(page, "Stopped");
  await goOn.waitFor();
  await parts(page).reset.click();
  await outcome(page, "Ready");
  check(await goOn.isHidden(), "what began anew cannot be continued");
});
