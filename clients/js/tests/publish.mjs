// Publishes the sample inbox through the client. Arguments: address, file of the token.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { Endpoint, EndpointError } from "../index.js";

const [address, tokenFile] = process.argv.slice(2);
const token = await readFile(tokenFile, "utf8");
const endpoint = new Endpoint(address, { token });
const session = await endpoint.session();
assert.equal((await endpoint.sessions())[0].id, session.id);
assert.ok((await endpoint.adapters()).some((adapter) => adapter.name === "folder"));

// A run with its events, in order and without gaps.
const { sequence } = await session.read();
const run = await session.start({ comment: "from JavaScript" });
const seen = [];
for await (const event of session.events({ after: sequence })) {
  seen.push(event);
  if (event.name === "runEnded") break;
}
assert.deepEqual(seen.map((event) => event.id), seen.map((_, index) => sequence + 1 + index));
assert.ok(seen.some((event) => event.name === "runStarted" && event.data.id === run.id));
const ended = await run.wait();
assert.equal(ended.state, "stopped");
const report = await run.report();
assert.equal(report.outcome.verdict, "failed");
assert.match(await run.report("html"), /^<!doctype html>/);

// Problems, and a repair.
const failed = [];
for await (const result of session.results({ state: "failed", latest: true })) failed.push(result);
assert.equal(failed.length, report.problems.length);
const problem = report.problems.find((it) => it.repairable);
assert.equal((await session.repair(problem.pluginId, problem.instanceId)).success, true);
const stuck = report.problems.find((it) => !it.repairable);
const refused = await session.repair(stuck.pluginId, stuck.instanceId).catch((error) => error);
assert.ok(refused instanceof EndpointError);
assert.deepEqual([refused.status, refused.code], [409, "no-repair"]);

// What is left out is not published.
await session.reset();
await (await session.start({ until: "collect" })).wait();
for await (const instance of session.instances()) {
  const { revision } = await session.read();
  if (instance.name === stuck.instance) {
    await session.changeInstance(instance.id, { revision, set: { publish: false } });
  }
}
const { items: plugins } = await session.plugins();
const rest = plugins.filter((plugin) => plugin.stage !== "collect").map((plugin) => plugin.id);
const second = await session.start({ pluginIds: rest });
assert.equal((await second.wait()).state, "succeeded");
assert.ok((await second.report()).published.length > 0);

// Listening ends when it is told to, and a lost answer is not a second command.
const stop = new AbortController();
setTimeout(() => stop.abort(), 50);
for await (const event of session.events({ signal: stop.signal })) assert.ok(event);
let isLost = true;
const losing = async (...request) => {
  const answer = await fetch(...request);
  if (isLost) {
    isLost = false;
    await answer.text();
    throw new TypeError("the connection was lost");
  }
  return answer;
};
const careful = await new Endpoint(address, { token, fetch: losing }).session(session.id);
const count = async () => {
  let runs = 0;
  for await (const { id } of session.runs()) runs += id ? 1 : 0;
  return runs;
};
const before = await count();
await (await careful.start({ only: "validate" })).wait();
assert.equal(await count(), before + 1);
const wrong = await new Endpoint(address, { token: "no" }).sessions().catch((error) => error);
assert.deepEqual([wrong.status, wrong.code], [401, "unauthorized"]);
console.log("published");
