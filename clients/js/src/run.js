/** A publish, or a part of one, on the server. */
export class Run {
  constructor(session, id) {
    this.session = session;
    this.id = id;
    this.path = `${session.path}/runs/${encodeURIComponent(id)}`;
  }

  /** Its progress, or how it ended. */
  read() {
    return this.session.wire.get(this.path);
  }

  /** Asks it to stop; by force after `grace` milliseconds. */
  cancel(grace) {
    const query = grace === undefined ? "" : `?grace=${grace}`;
    return this.session.wire.command("POST", `${this.path}/cancel${query}`);
  }

  /** Waits for its end, and answers how it ended. */
  async wait({ signal } = {}) {
    // Everything after this is told by an event.
    const { sequence } = await this.session.read();
    const now = await this.read();
    if (now.state !== "running") return now;
    for await (const event of this.session.events({ after: sequence, signal })) {
      if (event.name === "runEnded" && event.data.id === this.id) break;
    }
    return this.read();
  }

  /** Its report: as an object, or with `html` or `junit` as text. */
  async report(format = "json") {
    const answer = await this.session.wire.ask("GET", `${this.path}/report`, { query: { format } });
    return format === "json" ? answer.json() : answer.text();
  }
}
