// Ten thousand instances and two hundred plug-ins. While thousands of results arrive, a key press
// is shown within a tenth of a second, measured in the browser from the press to the frame that
// shows it. Only visible rows exist.

import { check, equal, open, outcome, parts, server, session, test, until } from "./browser.mjs";

const PRESSES = 40;

await test(async () => {
  const page = await open();
  const path = await session();
  await outcome(page, "Ready");
  const list = page.locator("virtual-list[aria-label=Instances]");
  await until("all instances are listed", async () => (await list.getAttribute("aria-rowcount")) === "10002");
  const rows = await page.locator("pyblish-overview .row").count();
  check(rows < 200, `${rows} rows exist`);

  // From the time of the press, as the system reports it, to the next frame.
  await page.evaluate(() => {
    globalThis.presses = [];
    globalThis.frames = [];
    addEventListener("keydown", (event) => requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => globalThis.presses.push(performance.now() - event.timeStamp);
      channel.port2.postMessage(null);
    }), true);
    let last = performance.now();
    const frame = (now) => { globalThis.frames.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  });
  await parts(page).publish.click();
  const asked = [];
  const done = async () => (await server(path)).body.run?.succeeded ?? 0;
  await until("results come", async () => (await done()) > 2000);
  // The page gets the progress by events, and never asks for it.
  page.on("request", (request) => new URL(request.url()).pathname === path && asked.push(request.url()));
  await list.focus();
  await page.evaluate(() => { globalThis.frames.length = 0; globalThis.presses.length = 0; });
  const begun = (await server(path)).body.run.progress;
  const [from, start] = [await done(), Date.now()];
  for (let press = 0; press < PRESSES; press++) {
    await page.keyboard.press(press % 4 === 3 ? "PageDown" : "ArrowDown");
    await until("the press is answered", async () => (await page.evaluate(() => globalThis.presses.length)) > press);
  }
  const rate = ((await done()) - from) / ((Date.now() - start) / 1000);
  const { presses, frames } = await page.evaluate(() => ({ presses: globalThis.presses, frames: globalThis.frames }));
  const worst = Math.max(...presses);
  const sorted = [...presses].sort((one, other) => one - other);
  console.log(`${Math.round(rate)} results a second; ${presses.length} presses, median ${sorted[presses.length >> 1].toFixed(1)} ms, worst ${worst.toFixed(1)} ms; longest frame ${Math.max(...frames).toFixed(0)} ms`);
  equal((await server(path)).body.run.state, "running", "the run ended before the measurement did");
  equal(asked, [], "the page asked how far the run is");
  const bar = await parts(page).progress.locator(".fill").evaluate((fill) => new DOMMatrix(fill.style.transform).a);
  check(bar > begun, `the bar stands still at ${bar}, and the run was at ${begun} long ago`);
  // Enough results to slow the page, also on a busy machine.
  check(rate >= 300, `only ${rate} results a second came`);
  // Not the slowest press: another process may have the processor meanwhile.
  const slow = sorted[Math.floor(presses.length * 0.95)];
  check(slow < 100, `one key press in twenty took ${slow} ms or more`);

  // Scrolls to the end and back; every row must be filled.
  await page.keyboard.press("End");
  await page.locator("pyblish-overview .row").filter({ hasText: "item_9999" }).waitFor();
  await parts(page).stop.click();
  await outcome(page, /Stopped|problem/);
  // The list's filter finds one failure of ten thousand, too.
  await page.getByLabel("Show only this state").selectOption("failed");
  await page.locator("virtual-list[aria-label=Instances] .row").filter({ hasText: "item_0042" }).waitFor();
});
