// Where there is nothing to show, the page says what happened and what to press: an address that was
// used, a browser that is not known, a session that was closed, and a server that has ended.

import { check, equal, given, invitation, open, outcome, parts, server, session, test, until } from "./browser.mjs";
import { wire } from "./wire.mjs";

const ended = (page) => page.locator("pyblish-ended");

/** Waits for this title, and checks that it says what to press, and that nothing else is shown. */
async function says(page, title, words) {
  await ended(page).getByRole("heading", { name: title }).waitFor();
  const text = await ended(page).textContent();
  for (const wanted of ["choose Publish in its menu", ...words]) check(text.includes(wanted), `“${title}” does not say “${wanted}”: ${text}`);
  check(!/[{}]|"status"/.test(text), `it shows JSON: ${text}`);
}

await test(async () => {
  // An address opens one browser, once.
  const path = await invitation();
  const first = await open({ path });
  await outcome(first, "Ready");
  const second = await open({ path });
  await says(second, "This address was used already, or is too old", ["pyblish-endpoint open"]);
  check(await parts(second).publish.isHidden(), "it has buttons");
  const stranger = await open({ path: "/" });
  await says(stranger, "This browser is not known", ["pyblish-endpoint open"]);

  // The server ends during a run, and another one takes its place.
  const line = wire();
  const page = await open({ address: await line.listen() });
  const { publish, stop } = parts(page);
  await outcome(page, "Ready");
  await publish.click();
  await page.locator(".what").filter({ hasText: "Work" }).waitFor();
  equal(await stop.isDisabled(), false, "Stop during the run");
  line.cut(true);
  await ended(page).getByRole("heading", { name: "The connection was lost" }).waitFor();
  check(await stop.isDisabled(), "a live Stop of a run of which nothing is known");
  check((await page.title()).startsWith("No connection"), await page.title());
  await outcome(page, "It is not known how far the run is");
  line.cut(false);
  await ended(page).waitFor({ state: "hidden" });
  equal(await stop.isDisabled(), false, "Stop once the connection is back");
  line.lead(given.second);
  await says(page, "This page has ended", ["was interrupted", "pyblish-endpoint open"]);
  check(await stop.isHidden(), "a live Stop of a run that is over");
  line.close();

  // The session is closed, and opened again.
  await stop.waitFor({ state: "hidden" });
  await parts(first).stop.click();
  await outcome(first, "Stopped");
  const own = await session();
  equal((await server(own, { method: "DELETE" })).status < 300, true, "closing");
  await says(first, "This session was closed", ["goes on by itself"]);
  check(await parts(first).publish.isHidden(), "a closed session can be published");
  const { status } = await server("/pyblish/v2/sessions", { method: "POST", body: { adapter: "scenario" } });
  equal(status, 201, "opening again");
  await until("it goes on by itself", async () => (await ended(first).isHidden()) && (await parts(first).publish.isVisible()));
});
