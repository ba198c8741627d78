// A proxy between the browser and a server, which can cut the connection or lead elsewhere.

import http from "node:http";
import { given } from "./browser.mjs";

export function wire() {
  let target = new URL(given.address);
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
    /** Leads to the server at this address from now on, as a program that was started again. */
    lead(address) {
      target = new URL(address);
      for (const socket of sockets) socket.destroy();
    },
    close: () => { proxy.close(); proxy.closeAllConnections(); },
  };
}

