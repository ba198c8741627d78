// Reload the page and lose the connection during a run: the page shows where the run is, and goes
// on.

import { check, equal, open, outcome, parts, test } from "./browser.mjs";
import { wire } from "./wire.mjs";

await test(async () => {
  const line = wire();
  const page = await open({ address: await line.listen() });
  const { publish, host, progress, stop } = parts(page);
  await outcome(page, "Ready");
  await publish.click();
  const working = page.locator(".what").filter({ hasText: "Work" });
  await working.waitFor();

  await page.reload();
  await working.waitFor();
  equal(await stop.isDisabled(), false, "the run cannot be stopped after a reload");
  await page.locator("pyblish-overview .row").filter({ hasText: "item_0" }).first().waitFor();
  check(Number(await progress.getAttribute("aria-valuenow")) > 0, "no progress after a reload");

  line.cut(true);
  await host.filter({ hasText: "The connection was lost" }).waitFor();
  // Meanwhile the run ends without the page.
  const direct = await open();
  await outcome(direct, "Published");
  line.cut(false);
  await outcome(page, "Published");
  await host.filter({ hasText: "Connected" }).waitFor();
  equal(await progress.getAttribute("aria-valuenow"), "100", "progress");
  // The rows are drawn a moment after the headline. A row that stayed at work would fail the test
  // here.
  await page.locator(".row .state[data-state=working]").first().waitFor({ state: "hidden" });
  line.close();
});
