// Publishes the sample inbox through a client that openapi-typescript has made from the OpenAPI
// document. Arguments: address, file of the token.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Run = components["schemas"]["RunShape"];

const [address = "", tokenFile = ""] = process.argv.slice(2);
const token = (await readFile(tokenFile, "utf8")).trim();
const client = createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${token}` } });

/** The data of an answer; a problem ends the test in its words. */
function ok<T>({ data, error }: { data?: T; error?: components["schemas"]["Problem"] }): T {
  if (data === undefined) throw new Error(error ? `${error.code}: ${error.detail}` : "no data");
  return data;
}

const sessions = ok(await client.GET("/pyblish/v2/sessions"));
const sessionId = sessions.items[0]!.id;
const path = { sessionId };

async function publish(body: components["schemas"]["NewRun"]): Promise<Run> {
  let run: Run = ok(await client.POST("/pyblish/v2/sessions/{sessionId}/runs", { params: { path }, body }));
  while (run.state === "running") {
    run = ok(await client.GET("/pyblish/v2/sessions/{sessionId}/runs/{runId}", { params: { path: { sessionId, runId: run.id } } }));
  }
  return run;
}

const first = await publish({ comment: "from a generated client" });
assert.equal(first.state, "stopped");

// Every problem that can be repaired is repaired; what is left is left out.
const query = { state: "failed", latest: true } as const;
const failed = ok(await client.GET("/pyblish/v2/sessions/{sessionId}/results", { params: { path, query } }));
assert.equal(failed.total, failed.items.length);
assert.ok(failed.total > 1 && failed.next === null);
for (const { pluginId, instanceId } of failed.items) {
  assert.ok(pluginId && instanceId);
  const { error } = await client.POST("/pyblish/v2/sessions/{sessionId}/repair", { params: { path }, body: { pluginId, instanceId } });
  if (!error) continue;
  assert.equal(error.code, "no-repair");
  const { revision } = ok(await client.GET("/pyblish/v2/sessions/{sessionId}", { params: { path } }));
  ok(await client.PATCH("/pyblish/v2/sessions/{sessionId}/instances/{instanceId}", {
    params: { path: { sessionId, instanceId } },
    body: { revision, set: { publish: false }, remember: true },
  }));
}
const { items } = ok(await client.GET("/pyblish/v2/sessions/{sessionId}/plugins", { params: { path } }));
const pluginIds = items.filter(({ stage }) => stage !== "collect").map(({ id }) => id);
const second = await publish({ pluginIds });
assert.equal(second.state, "succeeded");
const instances = ok(await client.GET("/pyblish/v2/sessions/{sessionId}/instances", { params: { path } }));
const done = instances.items.filter(({ stages }) => stages.every(({ state }) => state === "done"));
assert.ok(done.length > 0, JSON.stringify(instances));

// Refusals are problems with a code.
const refused = await client.GET("/pyblish/v2/sessions/{sessionId}/results", { params: { path, query: { limit: 0 } } });
assert.deepEqual([refused.response.status, refused.error?.code], [400, "bad-request"]);
console.log("published");
