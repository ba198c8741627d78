// A frontend in fifty lines: publishes, shows what happens, repairs what can be repaired, and
// publishes again. Run it with a Node that reads TypeScript (22.18 or later):
//
//   node examples/publish.ts http://127.0.0.1:6001 TOKEN_FILE
import { readFile } from "node:fs/promises";
import { Endpoint, EndpointError, type Session } from "../index.js";

async function publish(session: Session): Promise<string> {
  const { sequence } = await session.read();
  const run = await session.start();
  for await (const { name, data } of session.events({ after: sequence })) {
    if (name === "record") console.log(`  ${data.record.message}`);
    if (name === "result" && data.result.error) console.log(`  FAILED: ${data.result.error.message}`);
    if (name === "pluginStarted") console.log(`${Math.round(100 * (data.progress ?? 0))}% ${data.plugin}`);
    if (name === "runEnded" && data.id === run.id) break;
  }
  const report = await run.report();
  console.log(report.outcome.headline);
  return report.outcome.verdict;
}

async function repair(session: Session): Promise<boolean> {
  const { items: plugins } = await session.plugins();
  let repaired = false;
  for (const plugin of plugins.filter((it) => it.repairs.instance)) {
    for await (const result of session.results({ pluginId: plugin.id, state: "failed", latest: true })) {
      if (!result.instanceId) continue;
      const { success } = await session.repair(plugin.id, result.instanceId);
      console.log(`${plugin.name} on ${result.instance}: ${success ? "repaired" : "not repaired"}`);
      repaired ||= success;
    }
  }
  return repaired;
}

const [address = "http://127.0.0.1:6001", tokenFile] = process.argv.slice(2);
const token = tokenFile ? await readFile(tokenFile, "utf8") : undefined;
try {
  const session = await new Endpoint(address, { token }).session();
  await session.reset();
  const verdict = await publish(session);
  if (verdict === "failed" && (await repair(session))) {
    await session.reset();
    await publish(session);
  }
} catch (error) {
  if (!(error instanceof EndpointError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
