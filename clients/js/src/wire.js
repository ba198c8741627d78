import { EndpointError } from "./error.js";

/** How often a request is sent again if there was no answer. */
const TRIES = 3;

/** How long to wait before that, in milliseconds. */
const PAUSE = 200;

/** How many items of a collection are read at a time. */
const PAGE = 1000;

/** Requests to one server: address, token, and errors. */
export class Wire {
  constructor(address, { token, fetch: send = globalThis.fetch } = {}) {
    this.address = address.replace(/\/+$/, "");
    this.token = token?.trim();
    this.send = send;
  }

  /** A read. `query` may have values that are undefined: they are left out. */
  get(path, query) {
    return this.json("GET", path, { query });
  }

  /** The items of a collection, one after the other. */
  async *all(path, query = {}) {
    for (let after; after !== null;) {
      const page = await this.get(path, { ...query, after, limit: PAGE });
      yield* page.items;
      after = page.next;
    }
  }

  /** A collection with the items of all its pages. */
  async whole(path) {
    const whole = await this.get(path, { limit: PAGE });
    for (let after = whole.next; after !== null;) {
      const page = await this.get(path, { after, limit: PAGE });
      whole.items.push(...page.items);
      after = page.next;
    }
    return { ...whole, next: null };
  }

  /**
   * A command. It has a key of its own, so that the server does it once, also where it is sent again
   * because an answer was lost.
   */
  command(method, path, body) {
    return this.json(method, path, { body, key: crypto.randomUUID() });
  }

  async json(method, path, options = {}) {
    const answer = await this.ask(method, path, options);
    return answer.status === 204 ? null : await answer.json();
  }

  /** The answer, if it is no error. */
  async ask(method, path, { query, body, key, headers = {}, signal } = {}) {
    const url = new URL(`${this.address}/pyblish/v2${path}`);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const all = { Accept: "application/json", ...headers };
    if (this.token) all.Authorization = `Bearer ${this.token}`;
    if (key) all["Idempotency-Key"] = key;
    if (body !== undefined) all["Content-Type"] = "application/json";
    const request = { method, headers: all, signal, body: body === undefined ? undefined : JSON.stringify(body) };
    const answer = await this.#sent(url, request, method === "GET" || key !== undefined);
    if (!answer.ok) throw await refused(answer);
    return answer;
  }

  async #sent(url, request, isRepeatable) {
    for (let left = TRIES; ; left -= 1) {
      try {
        return await this.send(url, request);
      } catch (cause) {
        if (request.signal?.aborted) throw request.signal.reason;
        if (left <= 1 || !isRepeatable) {
          throw new EndpointError(`no answer from ${this.address}: ${cause.message}`, { cause });
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
  }
}

async function refused(answer) {
  let problem = null;
  try {
    problem = await answer.json();
  } catch {
    // Something else than this server has answered.
  }
  const { detail, code } = problem ?? {};
  return new EndpointError(detail ?? `the server answered ${answer.status}`, {
    status: answer.status,
    code: code ?? "no-problem",
    problem,
  });
}
