// The stream of a session's events. A connection that broke is opened again, and goes on where it was; after a
// long absence the page begins anew from the session as it is, which is quicker than to be told all of it.
//
// It is read with `fetch`, not with EventSource: what comes by the thousand is then taken in slices, between which
// the page answers keys and draws; and a connection that died without a word, as those of a laptop that slept, is
// noticed by the missing signs of life.

/** How many events are worth being told one by one. */
const MOST_MISSED = 50_000;

/** Milliseconds between two tries: the first, and the longest. */
const [SOON, LATER] = [300, 4000];

/** Milliseconds of silence after which a connection is dead; the runtime gives a sign of life every 15 seconds. */
const SILENCE = 40_000;

/** Milliseconds that a slice of events may take: less than a frame. */
const SLICE = 7;

export class Live {
  #abort = null;
  #timer = null;
  #watchdog = null;
  #pause = SOON;
  #closed = false;

  /** `told(name, data, number)`; `state("open" | "lost", problem)`; `reload()`. */
  constructor(api, { told, state, reload }) {
    Object.assign(this, { api, told, state, reload });
    this.last = 0;
  }

  /** Listens to what comes after this event. */
  async open(after) {
    this.#end();
    if (this.#closed) return;
    this.last = after;
    const abort = new AbortController();
    this.#abort = abort;
    let problem = null;
    try {
      const body = await this.api.events(after, abort.signal);
      this.#pause = SOON;
      this.state("open");
      await this.#read(body.getReader(), abort);
    } catch (error) {
      problem = error;
    }
    // It is this one that ended, and not one that was closed for another.
    if (this.#abort === abort && !this.#closed) this.#lost(problem);
  }

  close() {
    this.#closed = true;
    this.#end();
  }

  async #read(reader, abort) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      clearTimeout(this.#watchdog);
      this.#watchdog = setTimeout(() => abort.abort(), SILENCE);
      const { done, value } = await reader.read();
      if (done || abort.signal.aborted) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop();
      await this.#take(blocks.map(event).filter(Boolean), abort);
    }
  }

  /** Takes events in, a slice at a time. */
  async #take(events, abort) {
    // Of what is at work now, only the latest counts.
    const started = events.findLastIndex(({ name }) => name === "pluginStarted");
    let end = performance.now() + SLICE;
    for (const [index, { name, data, number }] of events.entries()) {
      if (abort.signal.aborted) return;
      this.last = number;
      this.told(name, name === "pluginStarted" && index !== started ? null : JSON.parse(data), number);
      if (performance.now() > end) {
        await breath();
        end = performance.now() + SLICE;
      }
    }
  }

  #end() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watchdog);
    this.#abort?.abort();
    this.#abort = null;
  }

  #lost(problem) {
    this.#end();
    this.state("lost", problem?.status ? problem : null);
    this.#timer = setTimeout(() => this.#again(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LATER);
  }

  async #again() {
    let session;
    try {
      session = await this.api.read();
    } catch (problem) {
      if (this.#closed) return;
      // There is no way back to a session that was closed; but the same one may be opened again.
      return this.#lost(problem);
    }
    if (this.#closed) return;
    const missed = session.sequence - this.last;
    if (missed < 0 || missed > MOST_MISSED) this.reload();
    else this.open(this.last);
  }
}

/** One event of the stream; a sign of life is none. */
function event(block) {
  let [name, data, number] = ["", "", 0];
  for (const line of block.split("\n")) {
    if (line.startsWith("data: ")) data = line.slice(6);
    else if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("id: ")) number = Number(line.slice(4));
  }
  return number ? { name, data, number } : null;
}

/** Lets the browser do what else there is to do, such as answering a key. */
function breath() {
  if (globalThis.scheduler?.yield) return globalThis.scheduler.yield();
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve();
    channel.port2.postMessage(null);
  });
}
