// What happens in the studio, as it happens: the hub's stream of events.

import { Live } from "./shared/live.js";
import * as api from "./api.js";

/** How many milliseconds events are collected before the view is told. */
const PAUSE = 400;

export class Feed {
  #live = null;
  #events = [];
  #timer = null;

  /** `state("open" | "lost", problem)` is called when the connection changes. */
  constructor(state) {
    this.state = state;
  }

  /**
   * Listens to the events that this query chooses, and to no others any more. `opened()` is called
   * whenever events may have been missed, and `told(events)` with the events of a moment.
   */
  listen(query, opened, told) {
    this.close();
    const live = new Live({
      events: (after, signal) => api.events(query, after, signal),
      mayContinue: async (last) => last !== null,
      told: (name, data) => this.#take({ name, ...data }, told),
      state: (state, problem) => {
        this.state(state, problem);
        if (state === "open" && live.last === null) opened();
      },
      reload: () => live.open(null),
    });
    this.#live = live;
    live.open(null);
  }

  #take(event, told) {
    this.#events.push(event);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      told(this.#events.splice(0));
    }, PAUSE);
  }

  close() {
    this.#live?.close();
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#events = [];
  }
}
