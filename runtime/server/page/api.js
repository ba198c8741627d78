// All requests to the runtime. No other file of the page uses HTTP.

const ROOT = "/pyblish/v2";

/** Why a request failed, in words that can be shown to the user. */
export class Problem extends Error {
  constructor(status, title, detail, body = {}) {
    super(detail);
    this.status = status;
    this.title = title;
    this.body = body;
  }

  /** Whether somebody else changed the same thing. */
  get conflict() {
    return this.status === 409 && this.body.current !== undefined;
  }
}

const UNKNOWN = "Choose Publish in the menu of your host again, or enter “pyblish-endpoint open” in a terminal: that opens a page for this browser.";
const UNREACHABLE = "The program does not answer. It may have ended, together with the host or with its terminal.";

async function ask(method, path, { body, headers = {}, signal, stream = false } = {}) {
  const request = { method, headers: { accept: "application/json", ...headers }, credentials: "same-origin", signal };
  // A request that changes something has this header even without a body; a form of another site
  // cannot send it.
  if (method !== "GET") request.headers["content-type"] = "application/json";
  if (body !== undefined) request.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch(ROOT + path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "No answer", UNREACHABLE);
  }
  if (response.status === 401) throw new Problem(401, "This browser is not known", UNKNOWN);
  if (response.status === 204) return null;
  if (stream && response.ok) return response.body;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const detail = answer.detail ?? answer.message ?? `the program answered ${response.status}`;
  throw new Problem(response.status, answer.title ?? "The request failed", detail, answer);
}

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

  /** The stream of events after the event with this number. */
  events = (after, signal) => ask("GET", `${this.path}/events?after=${after}`, { signal, stream: true });

  thumbnailAddress = (instance) => `${ROOT}${this.path}/instances/${part(instance)}/thumbnail`;
  reportAddress = (run, format) => `${ROOT}${this.path}/runs/${part(run)}/report?format=${format}`;
}
