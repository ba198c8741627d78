// A host dies during a plug-in: the page says so in plain words, and Reset begins anew.

import { equal, open, outcome, parts, test } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const { publish, host, reset } = parts(page);
  await outcome(page, "Ready");
  await publish.click();
  await outcome(page, "Scenario is gone");
  await host.filter({ hasText: "is gone" }).waitFor();
  equal([await publish.isDisabled(), await reset.isDisabled()], [true, false], "publish and reset are off");
  await page.reload();
  await outcome(page, "Scenario is gone");
  await reset.click();
  await outcome(page, "Ready");
  await host.filter({ hasText: "Connected" }).waitFor();
});
