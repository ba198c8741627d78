// Reload the page and lose the connection during a run: the page shows where the run is, and goes
// on.

import http from "node:http";
import { check, equal, given, open, outcome, parts, test } from "./browser.mjs";

/** A proxy between the browser and the server, which can cut the connection. */
function wire() {
  const target = new URL(given.address);
  const sockets = new Set();
  let isCut = false;
  const proxy = http.createServer((request, response) => {
    if (isCut) return request.socket.destroy();
    const headers = { ...request.headers, host: target.host };
    if (headers.origin) headers.origin = target.origin;
    const passed = http.request({ host: target.hostname, port: target.port, path: request.url, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    response.on("close", () => passed.destroy());
    request.pipe(passed);
  });
  proxy.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return {
    listen: () => new Promise((resolve) => proxy.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${proxy.address().port}/`))),
    cut(is) {
      isCut = is;
      if (is) for (const socket of sockets) socket.destroy();
    },
    close: () => { proxy.close(); proxy.closeAllConnections(); },
  };
}

await test(async () => {
  const line = wire();
  const page = await open({ address: await line.listen() });
  const { publish, host, progress, stop } = parts(page);
  await outcome(page, "Nothing was collected yet");
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
