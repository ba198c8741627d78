// A stream of events. A broken connection is opened again, and continues where it was. After a long
// absence the page reads everything again, which is faster than receiving every event.
//
// It uses `fetch` instead of EventSource. So thousands of events can be processed in slices,
// between which the page reacts to keys and draws. And a connection that died silently, for example
// while a laptop slept, is detected because the heartbeats stop.

import { Problem } from "./request.js";

/** Milliseconds between two tries: the first, and the longest. */
const [SOON, LATER] = [300, 4000];

/**
 * Milliseconds of silence after which a connection counts as dead; the runtime sends a heartbeat
 * every 15 seconds.
 */
const SILENCE = 40_000;

/** How many milliseconds a slice of events may take: less than a frame. */
const SLICE = 7;

export class Live {
  #abort = null;
  #timer = null;
  #watchdog = null;
  #pause = SOON;
  #closed = false;

  /**
   * `events(after, signal)` answers the stream; `told(name, data, id)` gets each event;
   * `state("open" | "lost", problem)`. After a break, `mayContinue(last)` says whether to go on after
   * the event with that id, and otherwise `reload()` reads everything.
   */
  constructor({ events, mayContinue, told, state, reload }) {
    Object.assign(this, { events, mayContinue, told, state, reload });
    this.last = null;
  }

  /** Listens to the events after this one. */
  async open(after) {
    this.#end();
    if (this.#closed) return;
    this.last = after;
    const abort = new AbortController();
    this.#abort = abort;
    let problem = null;
    try {
      const body = await this.events(after, abort.signal);
      this.#pause = SOON;
      this.state("open");
      await this.#read(body.getReader(), abort);
    } catch (error) {
      problem = error;
    }
    // This stream ended, not one that was closed for another.
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

  /** Processes events, one slice at a time. */
  async #take(events, abort) {
    // Only the latest start of a plug-in matters.
    const started = events.findLastIndex(({ name }) => name === "pluginStarted");
    let end = performance.now() + SLICE;
    for (const [index, { name, data, id }] of events.entries()) {
      if (abort.signal.aborted) return;
      this.last = id;
      this.told(name, name === "pluginStarted" && index !== started ? null : JSON.parse(data), id);
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
    let isClose;
    try {
      isClose = await this.mayContinue(this.last);
    } catch (problem) {
      if (this.#closed) return;
      // What was closed does not come back, but the same one may be opened again.
      return this.#lost(problem);
    }
    if (this.#closed) return;
    if (isClose) this.open(this.last);
    else this.reload();
  }
}

/**
 * Handles one event of the stream; a heartbeat is not an event. If the server cannot continue, it
 * says why.
 */
function event(block) {
  let [name, data, id] = ["", "", null];
  for (const line of block.split("\n")) {
    if (line.startsWith("data: ")) data = line.slice(6);
    else if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("id: ")) id = line.slice(4);
  }
  if (name === "failed") {
    // The server's last message; the missing events are requested again.
    const { status, title, detail } = JSON.parse(data);
    throw new Problem(status, title, detail);
  }
  return id === null ? null : { name, data, id };
}

/** Lets the browser do other work, such as reacting to a key. */
function breath() {
  if (globalThis.scheduler?.yield) return globalThis.scheduler.yield();
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve();
    channel.port2.postMessage(null);
  });
}
