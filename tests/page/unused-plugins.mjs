// A plug-in file that cannot be loaded is a problem, also after a publish; what does not take part is
// listed below the plug-ins.

import { equal, open, outcome, parts, test } from "./browser.mjs";

await test(async () => {
  const page = await open();
  const { publish } = parts(page);
  const card = page.locator("pyblish-problems article.failed").filter({ hasText: "A plug-in file could not be used" });
  await card.filter({ hasText: "No module named 'no_such_module'" }).waitFor();
  equal(await page.locator("#tab-problems .badge").textContent(), "1", "it is counted");
  await publish.click();
  await outcome(page, "Published, but 1 plug-in file could not be used");
  const unused = page.locator("details.not-used");
  equal(await unused.locator("summary").textContent(), "1 plug-in not used here", "one is for another host");
  await unused.locator("summary").click();
  await unused.locator("li").filter({ hasText: "ForNuke: It is for the hosts nuke" }).waitFor();
});
