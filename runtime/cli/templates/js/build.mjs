// Makes `my-adapter.wasm`: `npm run build`. The runtime is `$PYBLISH_ENDPOINT`, or the
// `pyblish-endpoint` that is installed.

import { componentize } from "@bytecodealliance/componentize-js";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL(".", import.meta.url));
export const ADAPTER = `${PROJECT}my-adapter.wasm`;

/** Which versions of its hosts the adapter is for, such as { maya: ">=2022, <2026" }; all of those that are not named. */
const HOST_VERSIONS = {};

/** Runs the runtime; returns its exit code. */
export function endpoint(...options) {
  const program = process.env.PYBLISH_ENDPOINT ?? "pyblish-endpoint";
  const { error, status } = spawnSync(program, options, { stdio: "inherit" });
  if (error) {
    throw new Error(`${program} cannot be started: ${error.message}. Put it on PATH, or set PYBLISH_ENDPOINT to its path`);
  }
  return status;
}

/** Builds the component, and writes its description into it. */
export async function build() {
  const { component } = await componentize({
    sourcePath: `${PROJECT}adapter.js`,
    witPath: `${PROJECT}wit`,
    worldName: "js-adapter",
    // The sandbox has no HTTP.
    disableFeatures: ["http", "fetch-event"],
  });
  const part = `${ADAPTER}.part.wasm`;
  writeFileSync(part, component);
  const versions = Object.entries(HOST_VERSIONS).map(([host, range]) => `--host-versions=${host}=${range}`);
  const sealed = endpoint("adapters", "seal", part, "--output", ADAPTER, ...versions);
  rmSync(part);
  if (sealed !== 0) throw new Error("the component cannot be loaded");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
