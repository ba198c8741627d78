// All requests to the hub.

import { asker } from "./shared/request.js";

const ROOT = "/pyblish/hub/v1";

const ask = asker({
  root: ROOT,
  unknown: "Ask for an address of this page, or make one: pyblish-endpoint hub open",
  unreachable: "The hub does not answer. This page tries again by itself.",
});

const part = encodeURIComponent;

/** A path with a query; what has no value is left out. */
function asked(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

export const me = () => ask("GET", "/me");
export const enter = (code) => ask("POST", "/browsers", { body: { code } });
export const leave = () => ask("DELETE", "/me");
export const choices = () => ask("GET", "/choices");
/** Pages of collections: `{items, total, next}`. */
export const runs = (query) => ask("GET", asked("/runs", query));
export const running = () => ask("GET", "/running");
export const sessions = (query) => ask("GET", asked("/sessions", query));
export const machines = (query) => ask("GET", asked("/machines", query));
export const versions = (query) => ask("GET", asked("/versions", query));
export const plugins = (query) => ask("GET", asked("/plugins", query));
export const failures = (query) => ask("GET", asked("/failures", query));
export const tokens = () => ask("GET", "/tokens");
export const audit = (query) => ask("GET", asked("/audit", query));
export const run = (id) => ask("GET", `/runs/${part(id)}`);
export const results = (id, query) => ask("GET", asked(`/runs/${part(id)}/results`, query));
export const runPlugins = (id) => ask("GET", `/runs/${part(id)}/plugins`);
export const report = (id) => ask("GET", `/runs/${part(id)}/report`);
export const reportAddress = (id, format) => `${ROOT}/runs/${part(id)}/report?format=${format}`;

/** The stream of events after this one; without one, of those that come. */
export const events = (query, after, signal) => ask("GET", asked("/events", { ...query, after }), { signal, stream: true });
