import { EndpointError } from "./error.js";

/** How long to wait before connecting again, in milliseconds, unless the server says otherwise. */
const PAUSE = 2000;

/**
 * The events of a session. The token goes in a header, which `EventSource` cannot do. A stream that
 * breaks off is opened again where it ended, so no event is missed or comes twice.
 */
export async function* events(wire, path, { after, signal } = {}) {
  let last = after;
  let pause = PAUSE;
  for (;;) {
    const headers = { Accept: "text/event-stream" };
    if (last !== undefined) headers["Last-Event-ID"] = String(last);
    try {
      const answer = await wire.ask("GET", path, { headers, signal });
      for await (const message of messages(answer.body)) {
        if (message.retry !== undefined) pause = message.retry;
        if (message.event === undefined) continue;
        const data = JSON.parse(message.data);
        if (message.event === "failed") throw failed(data);
        if (message.id !== undefined) last = Number(message.id);
        yield { id: message.id === undefined ? null : last, name: message.event, data };
      }
    } catch (error) {
      if (signal?.aborted) return;
      // The session is gone, or the server says why it cannot go on.
      if (error instanceof EndpointError && error.status !== 0) {
        if (error.status === 404) return;
        throw error;
      }
      if (error instanceof EndpointError) throw error;
    }
    if (signal?.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function failed(problem) {
  const { detail, status, code } = problem;
  return new EndpointError(detail, { status: status || 500, code, problem });
}

/** The messages of a stream, as the standard for server-sent events splits it. */
async function* messages(body) {
  const decoder = new TextDecoder();
  let text = "";
  let message = {};
  for await (const chunk of chunks(body)) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop();
    for (const line of lines) {
      if (line === "") {
        yield message;
        message = {};
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") message.data = message.data === undefined ? value : `${message.data}\n${value}`;
      else if (field === "retry") message.retry = Number(value);
      else message[field] = value;
    }
  }
}

/** Not every browser can iterate over a stream. */
async function* chunks(body) {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops listening closes the connection.
    await reader.cancel().catch(() => {});
  }
}
