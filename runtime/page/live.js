// The stream of a session's events. A connection that broke is opened again, and goes on where it was; after a
// long absence the page begins anew from the session as it is, which is quicker than to be told all of it.

const NAMES = [
  "reset", "pluginsDiscovered", "pluginToggled", "instanceAdded", "instanceChanged", "membersChanged",
  "instanceRemoved", "contextChanged", "runStarted", "pluginStarted", "record", "progress", "result",
  "stageEnded", "runEnded", "hostLost",
];

/** How many events are worth being told one by one. */
const MOST_MISSED = 20_000;

/** Milliseconds between two tries: the first, and the longest. */
const [SOON, LATER] = [300, 4000];

export class Live {
  #source = null;
  #timer = null;
  #pause = SOON;
  #closed = false;

  /** `told(name, data, number)`; `state("open" | "lost" | "closed", problem)`; `reload()`. */
  constructor(api, { told, state, reload }) {
    Object.assign(this, { api, told, state, reload });
    this.last = 0;
  }

  /** Listens to what comes after this event. */
  open(after) {
    this.#end();
    if (this.#closed) return;
    this.last = after;
    const source = new EventSource(this.api.eventsAddress(after));
    this.#source = source;
    source.onopen = () => {
      this.#pause = SOON;
      this.state("open");
    };
    source.onerror = () => {
      if (this.#source === source) this.#lost();
    };
    for (const name of NAMES) source.addEventListener(name, (event) => this.#take(name, event));
  }

  close() {
    this.#closed = true;
    this.#end();
  }

  #take(name, event) {
    this.last = Number(event.lastEventId);
    this.told(name, JSON.parse(event.data), this.last);
  }

  #end() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #lost(problem) {
    this.#end();
    this.state("lost", problem);
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
