// A machine publishes, and the page shows it without a reload: in the list, and in the run.

import { equal, given, test, until } from "../browser.mjs";
import { wire } from "../wire.mjs";
import { enter, rows, said } from "./hub.mjs";

/** Asks the machine's own server. */
async function machine(path, body) {
  const headers = { authorization: `Bearer ${given.machine.token}`, "content-type": "application/json" };
  const response = await fetch(`${given.machine.address}/pyblish/v2${path}`, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  return response.json();
}

await test(async () => {
  const line = wire();
  const page = await enter({ address: await line.listen() });
  await said(page, "0 runs");
  await until("it is live", async () => (await page.locator(".connection").textContent()) === "Live");
  const session = (await machine("/sessions")).items[0].id;
  const publish = () => machine(`/sessions/${session}/runs`, {});
  const first = await publish();
  await said(page, "1 run");
  await until("it has ended", async () => /failed/.test(await rows(page).first().locator(".outcome-cell").textContent()));
  equal(await page.evaluate(() => performance.getEntriesByType("navigation").length), 1, "pages that were loaded");
  // The page of a run follows it, too.
  await rows(page).first().click();
  await page.locator("hub-run h2").filter({ hasText: /stopped|fail/ }).waitFor();
  await page.locator("hub-run .problem").first().waitFor();
  await page.goBack();
  await publish();
  await said(page, "2 runs");
  equal(first.id, "r1", "the run");
  // Where nothing can be heard, the page says so, and goes on by itself.
  line.cut(true);
  await page.locator(".connection").filter({ hasText: "The connection was lost" }).waitFor();
  await publish();
  line.cut(false);
  await said(page, "3 runs");
  line.close();
});
