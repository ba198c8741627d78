// The connections of the JavaScript SDK, in Node. It is copied beside the files of the template.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Harness } from "./harness.mjs";

const { address, serve } = await import("./sdk.js");
const { connect, connected } = await import("./socket.js");

const TOOL = "127.0.0.1:4000";

function plugin(name, process) {
  return { name, doc: "", order: "collect", on: "context", process };
}

/** A session with these plug-ins, and with a tool that answers so. */
function open(plugins, answer) {
  const service = serve({ name: "tool", version: "0.1.0", doc: "", grants: [address(TOOL)], plugins });
  return new Harness(service, { connections: { [TOOL]: answer } });
}

test("lines and bytes come in their order", () => {
  const said = [];
  const ask = plugin("Ask", (context) => {
    const answer = connected(TOOL, { timeout: 1 }, (connection) => {
      connection.send("LIST\n");
      const line = connection.receiveLine();
      return [line, ...connection.receiveExactly(3), ...connection.receive(2), ...connection.receive()];
    });
    context.set("answer", answer.join(" "));
  });
  const session = open([ask], (text) => {
    said.push(text);
    return "OK hero\r\nabcdefg";
  });
  const { failure, changes } = session.process("Ask");
  assert.equal(failure, undefined);
  assert.equal(changes[0].val.value.val, "OK hero 97 98 99 100 101 102 103");
  assert.deepEqual(said, ["LIST\n"]);
});

test("errors name the address, and have a kind", () => {
  const late = plugin("Late", () => connected(TOOL, {}, (connection) => connection.receive()));
  const other = plugin("Other", () => connect("127.0.0.1:5"));
  const long = plugin("Long", () => {
    connected(TOOL, {}, (connection) => {
      connection.send("x");
      connection.receiveLine(4);
    });
  });
  const closed = plugin("Closed", () => {
    const connection = connect(TOOL);
    connection.close();
    connection.close();
    connection.send("x");
  });
  const session = open([late, other, long, closed], () => "abcdefg");
  for (const [name, message] of [
    ["Late", `${TOOL} does not answer in time`],
    ["Other", "127.0.0.1:5 is not granted"],
    ["Long", `${TOOL} sends a line of more than 4 bytes`],
    ["Closed", `${TOOL} was closed by the adapter`],
  ]) {
    const { failure } = session.process(name);
    assert.equal(failure.message, message);
    assert.equal(failure.kind.val, "ConnectionError");
  }
  const { failure } = session.cancelled(() => session.process("Late"));
  assert.deepEqual(failure.kind, { tag: "cancelled" });
});

test("outcomes are told before the first pair of another plug-in", () => {
  let told;
  const quick = plugin("Quick", () => {});
  const other = plugin("Other", () => {
    told = session.told.length;
  });
  const session = open([quick, other], () => "");
  session.told = [];
  const handle = { finished: (outcomes) => session.told.push(...outcomes) > 0 };
  const call = { log() {}, progress() {}, cancelled: () => false, hostLost() {} };
  session.session.process(call, handle, [{ plugin: "Quick" }, { plugin: "Quick" }, { plugin: "Other" }]);
  assert.equal(told, 2);
  assert.equal(session.told.length, 3);
});
