import { EndpointError } from "./error.js";
import { Job } from "./job.js";
import { Session } from "./session.js";
import { Wire } from "./wire.js";

/** A running server. */
export class Endpoint {
  /** `address` is like `http://127.0.0.1:6001`. A browser that came with a code needs no token. */
  constructor(address, options = {}) {
    this.wire = new Wire(address, options);
  }

  /** The installed adapters. */
  async adapters() {
    return (await this.wire.whole("/adapters")).items;
  }

  /** The state of each open session. */
  async sessions() {
    return (await this.wire.whole("/sessions")).items;
  }

  /** The session with this id, or else the only one. */
  async session(id) {
    if (id !== undefined) return new Session(this.wire, id);
    const open = await this.sessions();
    if (open.length === 1) return new Session(this.wire, open[0].id);
    const known = open.map((session) => session.id).join(", ") || "none";
    throw new EndpointError(`name one of the open sessions: ${known}`, { code: "no-session" });
  }

  /** The job with this id: a publish that was handed over to the studio's hub. */
  job(id) {
    return new Job(this.wire, id);
  }

  /** Opens a session: `{adapter, settings, …}`. */
  async open(request) {
    const session = await this.wire.command("POST", "/sessions", request);
    return new Session(this.wire, session.id);
  }
}
