/** A publish that was handed over to the studio's hub. */
export class Job {
  constructor(wire, id) {
    this.wire = wire;
    this.id = id;
    this.path = `/jobs/${encodeURIComponent(id)}`;
  }

  /** Its state, with its tasks and their attempts. */
  read() {
    return this.wire.get(this.path);
  }

  /** Cancels it: what has not begun never begins, and workers stop. */
  cancel() {
    return this.wire.command("POST", `${this.path}/cancel`);
  }

  /** Has what failed or was cancelled tried again. */
  retry() {
    return this.wire.command("POST", `${this.path}/retry`);
  }

  /** What an attempt did, as far as its worker has sent it: up to 1,000 events after that number. */
  async events(task, epoch, after = 0) {
    return (await this.wire.get(`${this.#attempt(task, epoch)}/events`, { after })).items;
  }

  /** The report of an attempt: as an object, or with `html` or `junit` as text. */
  async report(task, epoch, format = "json") {
    const answer = await this.wire.ask("GET", `${this.#attempt(task, epoch)}/report`, { query: { format } });
    return format === "json" ? answer.json() : answer.text();
  }

  #attempt(task, epoch) {
    return `${this.path}/tasks/${encodeURIComponent(task)}/attempts/${encodeURIComponent(epoch)}`;
  }
}
