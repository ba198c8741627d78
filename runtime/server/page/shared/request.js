// Requests to a server, and why one failed. No other file of a page uses HTTP.

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

/**
 * A function that asks the server below this path. `unknown` is what a user does whose browser is
 * not known, and `unreachable` says that nobody answers.
 */
export function asker({ root, unknown, unreachable }) {
  return async (method, path, { body, headers = {}, signal, stream = false } = {}) => {
    const request = { method, headers: { accept: "application/json", ...headers }, credentials: "same-origin", signal };
    // A request that changes something has this header even without a body; a form of another site
    // cannot send it.
    if (method !== "GET") request.headers["content-type"] = "application/json";
    if (body !== undefined) request.body = JSON.stringify(body);
    let response;
    try {
      response = await fetch(root + path, request);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem(0, "No answer", unreachable);
    }
    if (response.status === 401) throw new Problem(401, "This browser is not known", unknown);
    if (response.status === 204) return null;
    if (stream && response.ok) return response.body;
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const detail = answer.detail ?? answer.message ?? `the program answered ${response.status}`;
    throw new Problem(response.status, answer.title ?? "The request failed", detail, answer);
  };
}
