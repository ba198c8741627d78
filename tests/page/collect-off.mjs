// The configuration of a site turns off that the page collects by itself; a user may turn it on.

import { check, equal, open, outcome, parts, server, session, test } from "./browser.mjs";

await test(async () => {
  const page = await open();
  await outcome(page, "Nothing was collected yet");
  const runs = async () => (await server(`${await session()}/runs`)).body.total;
  equal(await runs(), 0, "the runs");
  await page.keyboard.press("?");
  const box = page.getByLabel("Collect when the page opens");
  check(!(await box.isChecked()), "the setting shows what the site has");
  await box.click();
  await page.keyboard.press("Escape");
  await page.reload();
  await outcome(page, "Ready");
  await parts(page).row("good").waitFor();
  equal(await runs(), 1, "the runs after the user has turned it on");
});
