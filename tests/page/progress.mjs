// Progress is counted anew after the collection, grows with the work that is done, and never shows
// the end before it. The next run says how long it takes.

import { check, equal, open, outcome, parts, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const { publish, stop, progress, reset } = parts(page);
  await outcome(page, "Ready");
  const now = async () => Number(await progress.getAttribute("aria-valuenow"));
  /** Reads the bar until the run has ended: its value at each step. */
  const watch = async () => {
    const seen = [];
    await until("the run has ended", async () => {
      const [what, value] = await page.evaluate(() => [document.querySelector(".what").textContent, Number(document.querySelector(".progress").ariaValueNow)]);
      if (what.startsWith("Long")) seen.push([what, value]);
      return !(await publish.isDisabled()) || (await page.locator("pyblish-run-bar").getByRole("button", { name: "Continue" }).isVisible());
    });
    return seen;
  };
  await publish.click();
  await page.locator(".what").filter({ hasText: "Long on item_0001" }).waitFor();
  // Four steps, of which one is done, besides a few that take no time.
  const early = await now();
  check(early > 3 && early < 50, `the bar is at ${early} % with one of four steps done`);
  const seen = await watch();
  await outcome(page, "Published");
  check(seen.every(([, value]) => value < 100), `it was at 100 % during the work: ${JSON.stringify(seen.at(-1))}`);
  check(seen.every(([, value], index) => index === 0 || value >= seen[index - 1][1]), `the bar fell: ${JSON.stringify(seen)}`);
  equal(await now(), 100, "at the end");

  // Now it is known how long it takes: nearly all of the time is in the long steps.
  await publish.click();
  await page.locator(".left").filter({ hasText: /^about (5|10) seconds left$/ }).waitFor();
  await page.locator(".what").filter({ hasText: "Long on item_0002" }).waitFor();
  const half = await now();
  check(half >= 40 && half <= 60, `the bar is at ${half} % with half of the time gone`);
  await stop.click();
  await outcome(page, "Stopped");
  await page.locator("pyblish-run-bar").getByRole("button", { name: "Continue" }).click();
  await page.locator(".what").filter({ hasText: "Long on item_0002" }).waitFor();
  const again = await now();
  check(again >= 40 && again < 100, `after Continue the bar is at ${again} %`);
  await outcome(page, "Published");

  const words = await page.evaluate(async () => {
    const { leftWords } = await import("/page/progress.js");
    return [6_000, 38_000, 61_000, 178_000, 3_700_000, 9_000_000].map(leftWords);
  });
  equal(words, ["about 5 seconds left", "about 40 seconds left", "about a minute left", "about 3 minutes left", "about an hour left", "about 3 hours left"], "the words");

  // A run that collects counts its instances anew: the bar does not jump when they are there.
  await reset.click();
  await outcome(page, "Ready");
});
