// The page collects by itself when nothing was collected yet: once, however many pages open at the
// same time, and not at all if the user switched that off.

import { check, equal, open, outcome, parts, server, session, test, until } from "./browser.mjs";

await test(async () => {
  const path = await session();
  const runs = async () => (await server(`${path}/runs`)).body.items.map((run) => run.until ?? run.only ?? "publish");
  const [page, other] = await Promise.all([open(), open()]);
  for (const one of [page, other]) {
    await outcome(one, "Ready");
    await parts(one).row("good").waitFor();
  }
  equal(await runs(), ["collect"], "the runs of two pages");
  await page.reload();
  await outcome(page, "Ready");
  equal(await runs(), ["collect"], "the runs after a reload");

  await page.keyboard.press("?");
  const box = page.getByLabel("Collect when the page opens");
  check(await box.isChecked(), "it is on at first");
  await box.click();
  await page.keyboard.press("Escape");
  await other.close();
  equal((await server(`${path}/reset`, { method: "POST" })).status < 300, true, "reset");
  await outcome(page, "Nothing was collected yet");
  await page.reload();
  await outcome(page, "Nothing was collected yet");
  const text = await page.locator(".outcome p").textContent();
  check(text.includes("Press Reset") && text.includes("Publish"), `it does not name the buttons: ${text}`);
  equal((await runs()).length, 1, "the runs with the setting off");
  await parts(page).reset.click();
  await until("Reset collects", async () => (await runs()).length === 2);
  await parts(page).row("good").waitFor();
});
