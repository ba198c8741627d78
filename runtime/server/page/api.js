// All requests to the runtime.

import { asker, Problem } from "./shared/request.js";

const ROOT = "/pyblish/v2";

const UNKNOWN = "Choose Publish in the menu of your host again, or enter “pyblish-endpoint open” in a terminal: that opens a page for this browser.";
const UNREACHABLE = "The program does not answer. It may have ended, together with the host or with its terminal.";

const ask = asker({ root: ROOT, unknown: UNKNOWN, unreachable: UNREACHABLE });

const part = encodeURIComponent;

/** A key that no other request has, also where the page did not come over a safe connection. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What the page does by itself where its user has chosen nothing: `{collectsAtOpening}`. */
export async function defaults() {
  const response = await fetch("/page/defaults.json");
  if (!response.ok) throw new Problem(response.status, "No defaults", `the program answered ${response.status}`);
  return response.json();
}

/** How many items of a collection are requested at a time: the most that the runtime returns. */
const PAGE = 10_000;

/** A page of a collection: `{items, total, next}`. */
const pageOf = (path, query) => ask("GET", `${path}?${new URLSearchParams(query)}`);

/** A whole collection: its first page, with the items of all pages. */
async function all(path) {
  const whole = await pageOf(path, { limit: PAGE });
  for (let { next } = whole; next !== null;) {
    const page = await pageOf(path, { limit: PAGE, after: next });
    whole.items.push(...page.items);
    ({ next } = page);
  }
  return whole;
}

/** The open sessions. */
export const sessions = async () => (await all("/sessions")).items;

/** A job with its tasks, by its id. */
export const readJob = (id) => ask("GET", `/jobs/${part(id)}`);
export const cancelJob = (id) => ask("POST", `/jobs/${part(id)}/cancel`);
export const retryJob = (id) => ask("POST", `/jobs/${part(id)}/retry`);

const attemptPath = ([job, task, epoch]) => `/jobs/${part(job)}/tasks/${part(task)}/attempts/${part(epoch)}`;

/** The events of an attempt after this number. */
export const attemptEvents = (attempt, after) => ask("GET", `${attemptPath(attempt)}/events?after=${after}`);

/** The report of an attempt; null if it has none. */
export async function attemptReport(attempt) {
  try {
    return await ask("GET", `${attemptPath(attempt)}/report`);
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

export const attemptReportAddress = (attempt, format) => `${ROOT}${attemptPath(attempt)}/report?format=${format}`;

/** Everything about one session, by its id. */
export class Session {
  constructor(id) {
    this.id = id;
    this.path = `/sessions/${part(id)}`;
  }

  read = () => ask("GET", this.path);
  plugins = () => all(`${this.path}/plugins`);
  instances = () => all(`${this.path}/instances`);
  context = () => ask("GET", `${this.path}/context`);
  states = () => ask("GET", `${this.path}/states`);
  /** A page of the results. */
  results = (filter) => pageOf(`${this.path}/results`, filter);
  runs = async () => (await all(`${this.path}/runs`)).items;
  report = (run) => ask("GET", `${this.path}/runs/${part(run)}/report`);

  reset = () => ask("POST", `${this.path}/reset`);
  /** Stops a run; by force after so many milliseconds. */
  cancel = (run, grace) => ask("POST", `${this.path}/runs/${part(run)}/cancel${grace === undefined ? "" : `?grace=${grace}`}`);
  process = (pluginId, instanceId) => ask("POST", `${this.path}/process`, { body: { pluginId, instanceId } });
  repair = (pluginId, instanceId) => ask("POST", `${this.path}/repair`, { body: { pluginId, instanceId } });
  act = (pluginId, actionId, instanceId) => ask("POST", `${this.path}/actions`, { body: { pluginId, actionId, instanceId } });
  /** Asks what a plug-in does outside of a run to stop; by force after so many milliseconds. */
  cancelPair = (grace) => ask("POST", `${this.path}/cancel${grace === undefined ? "" : `?grace=${grace}`}`);
  select = (instanceIds) => ask("POST", `${this.path}/select`, { body: { instanceIds } });
  openFolder = (instance) => ask("POST", `${this.path}/instances/${part(instance)}/open-folder`);
  changePlugin = (plugin, change) => ask("PATCH", `${this.path}/plugins/${part(plugin)}`, { body: change });
  changeInstance = (instance, change) => ask("PATCH", `${this.path}/instances/${part(instance)}`, { body: change });
  changeInstances = (change) => ask("PATCH", `${this.path}/instances`, { body: change });
  changeContext = (change) => ask("PATCH", `${this.path}/context`, { body: change });

  /** Starts a run. With the key, a request that is sent twice starts only one run. */
  start(request, key = newKey()) {
    const headers = { "idempotency-key": key };
    return ask("POST", `${this.path}/runs`, { body: request, headers });
  }

  /** A page of the jobs, the latest first. */
  jobs = (limit) => pageOf(`${this.path}/jobs`, { limit });

  /** Hands a publish over. */
  handOver(request, key = newKey()) {
    return ask("POST", `${this.path}/jobs`, { body: request, headers: { "idempotency-key": key } });
  }

  /** The stream of events after the event with this number. */
  events = (after, signal) => ask("GET", `${this.path}/events?after=${after}`, { signal, stream: true });

  /** Reads a thumbnail, to learn why it cannot be shown. */
  thumbnail = (instance) => ask("GET", `${this.path}/instances/${part(instance)}/thumbnail`, { stream: true });
  replaceThumbnail = (instance, picture) => ask("PUT", `${this.path}/instances/${part(instance)}/thumbnail`, { body: { picture } });
  thumbnailAddress = (instance) => `${ROOT}${this.path}/instances/${part(instance)}/thumbnail`;
  reportAddress = (run, format) => `${ROOT}${this.path}/runs/${part(run)}/report?format=${format}`;
}
