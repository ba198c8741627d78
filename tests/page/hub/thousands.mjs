// 100,000 runs. Only the rows in sight exist, and pages of the list are read as somebody scrolls.

import { check, equal, test, until } from "../browser.mjs";
import { at, enter, rows, said } from "./hub.mjs";

await test(async () => {
  const page = await enter();
  await said(page, "about 1?[09][0-9],[0-9]{3} runs");
  const asked = [];
  page.on("request", (request) => new URL(request.url()).pathname.endsWith("/v1/runs") && asked.push(request.url()));
  const list = page.locator("virtual-list[aria-label=Runs]");
  check(Number(await list.getAttribute("aria-rowcount")) > 90_000, "rows for a screen reader");
  const count = () => page.locator("hub-runs .row").count();
  check((await count()) < 100, `${await count()} rows exist`);
  // To the end of what is there, ten times: each time more is there.
  await list.focus();
  let last = -1;
  for (let round = 0; round < 10; round++) {
    await page.keyboard.press("End");
    await until("more is there", async () => {
      const row = await list.evaluate((element) => element.scrollHeight);
      const more = row > last;
      if (more) last = row;
      return more;
    });
  }
  const loaded = await list.evaluate((element) => element.items.length);
  check(loaded >= 1200 && loaded <= 6000, `${loaded} runs were read`);
  check(asked.length >= 5 && asked.length <= 30, `${asked.length} pages were read`);
  check((await count()) < 150, `${await count()} rows exist after scrolling`);
  // No run is there twice, and none is left out: one began every 30 seconds.
  const gaps = await list.evaluate((element) => element.items.slice(1).filter(({ run }, index) => Math.abs(element.items[index].run.started - run.started - 30) > 0.01).length);
  equal(gaps, 0, "gaps between runs");
  await page.keyboard.press("Enter");
  await page.locator("hub-run h2").filter({ hasText: "show" }).waitFor();
  await page.goBack();
  for (const [query, words] of [["state=failed", "about 1[0-9],[0-9]{3} runs"], ["project=show3&user=user3", "834 runs"], ["q=crowd70", "1 run"], ["q=ngons", ".*runs"], ["machine=ws7", "500 runs"], ["plugin=ValidateMesh", ".*runs"]]) {
    await at(page, `#/runs?${query}`);
    await said(page, words);
    await rows(page).first().waitFor();
  }
  await page.keyboard.press("5");
  await page.getByText("200 machines").waitFor();
});
