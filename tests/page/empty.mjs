// An inbox without anything to publish is not a publish.

import { check, open, outcome, parts, test, until } from "./browser.mjs";

await test(async () => {
  const page = await open();
  await outcome(page, "There is nothing to publish");
  await parts(page).publish.click();
  await until("the run has ended", async () => (await page.title()).startsWith("There is nothing to publish"));
  await outcome(page, "There is nothing to publish");
  check(!(await page.locator("pyblish-problems").textContent()).includes("Published"), "it is called published");
  check((await page.locator(".fill").getAttribute("data-state")) === "warned", "the bar is green");
});
