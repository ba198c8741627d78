// An attempt at a task of a job: what its worker has sent of it so far, and at its end its report.

/** How many records are kept. */
const MOST_RECORDS = 1000;

export class Attempt {
  #last = 0;
  #isWhole = false;

  /** `events(after)` and `report()` read them. */
  constructor(source) {
    this.source = source;
    this.records = [];
    /** What failed: `{title, message, instance, traceback}`. */
    this.problems = [];
    /** What is at work: `{plugin, instance, message}`. */
    this.working = null;
    this.hasReport = false;
  }

  /** Reads what is new. Once the attempt has ended, its report takes the place of what was heard. */
  async read(hasEnded) {
    if (this.#isWhole) return;
    for (let items = await this.#more(); items.length; items = await this.#more()) {
      for (const { name, body } of items) this.#take[name]?.call(this, body);
    }
    if (!hasEnded) return;
    this.working = null;
    this.#isWhole = true;
    const report = await this.source.report();
    if (!report) return;
    this.hasReport = true;
    this.problems = report.problems;
    this.records = report.results.flatMap(({ records, plugin, instance }) => records.map((record) => ({ ...record, plugin, instance }))).slice(-MOST_RECORDS);
  }

  async #more() {
    const { items } = await this.source.events(this.#last);
    if (items.length) this.#last = items.at(-1).sequence;
    return items;
  }

  #take = {
    pluginStarted({ plugin, instance }) {
      this.working = { plugin, instance, message: "" };
    },
    progress({ pair, message }) {
      this.working = { ...pair, message };
    },
    record({ pair, record }) {
      if (record?.message === undefined) return; // The worker does not send it.
      this.records.push({ ...record, plugin: pair?.plugin, instance: pair?.instance });
      if (this.records.length > MOST_RECORDS) this.records.shift();
    },
    result({ result }) {
      const { plugin, instance, error } = result;
      if (error) this.problems.push({ title: error.title || `${plugin} failed`, message: error.message, instance, traceback: error.traceback });
      this.working = null;
    },
  };
}
