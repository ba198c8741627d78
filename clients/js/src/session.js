import { events } from "./events.js";
import { Run } from "./run.js";

/** An open session with one host. */
export class Session {
  constructor(wire, id) {
    this.wire = wire;
    this.id = id;
    this.path = `/sessions/${encodeURIComponent(id)}`;
  }

  /** Its state. */
  read() {
    return this.wire.get(this.path);
  }

  /** The plug-ins, with what cannot be used and what is left out. */
  plugins() {
    return this.wire.whole(`${this.path}/plugins`);
  }

  /** The context's own data. */
  context() {
    return this.wire.get(`${this.path}/context`);
  }

  /** The instances, one after the other: `{family, state}` choose some. */
  instances(filter = {}) {
    return this.wire.all(`${this.path}/instances`, filter);
  }

  /** The results, one after the other: `{pluginId, instanceId, state, latest, newestFirst}` choose some. */
  results(filter = {}) {
    return this.wire.all(`${this.path}/results`, filter);
  }

  /** Empties the context, and discovers the plug-ins again. */
  reset() {
    return this.wire.command("POST", `${this.path}/reset`);
  }

  /** Starts the adapter again, by force. */
  restart() {
    return this.wire.command("POST", `${this.path}/restart`);
  }

  /** Runs a plug-in on an instance, or on the context. */
  process(pluginId, instanceId) {
    return this.wire.command("POST", `${this.path}/process`, { pluginId, instanceId });
  }

  /** Asks a plug-in that works outside of a run to stop; by force after `grace` seconds. */
  cancel(grace) {
    return this.wire.command("POST", `${this.path}/cancel${grace === undefined ? "" : `?grace=${grace}`}`);
  }

  /** Selects the members of these instances in the host. */
  select(instances) {
    return this.wire.command("POST", `${this.path}/select`, { instances });
  }

  /** Lets a plug-in repair an instance, or the context. */
  repair(pluginId, instanceId) {
    return this.wire.command("POST", `${this.path}/repair`, { pluginId, instanceId });
  }

  /** Runs an action of a plug-in. */
  act(pluginId, actionId, instanceId) {
    return this.wire.command("POST", `${this.path}/actions`, { pluginId, actionId, instanceId });
  }

  /** Switches a plug-in on or off: `{active, revision}`. */
  changePlugin(plugin, change) {
    return this.wire.command("PATCH", `${this.path}/plugins/${encodeURIComponent(plugin)}`, change);
  }

  /** Gives an instance a picture (base64, up to 1 MiB), or takes it away (null). */
  replaceThumbnail(instance, picture) {
    return this.wire.command("PUT", `${this.path}/instances/${encodeURIComponent(instance)}/thumbnail`, { picture });
  }

  /** Changes an instance's data: `{set, unset, revision}`. */
  changeInstance(instance, change) {
    return this.wire.command("PATCH", `${this.path}/instances/${encodeURIComponent(instance)}`, change);
  }

  /** Changes the context's data. */
  changeContext(change) {
    return this.wire.command("PATCH", `${this.path}/context`, change);
  }

  /** Starts a run: `{until, only, targets, instanceIds, pluginIds, comment, continuesRunId}`. */
  async start(request = {}) {
    const run = await this.wire.command("POST", `${this.path}/runs`, request);
    return new Run(this, run.id);
  }

  /**
   * Hands a publish over to the farm, or to the background of the server's machine: `{place, instances,
   * comment, targets, split, skipValidation, priority, labels, attempts, name}`. Answers `{job, told}`.
   */
  handOver(request = {}) {
    return this.wire.command("POST", `${this.path}/jobs`, request);
  }

  /** A page of the jobs, the latest first: `{items, total, next}`. */
  jobs({ after, limit } = {}) {
    return this.wire.get(`${this.path}/jobs`, { after, limit });
  }

  /** The runs, the latest first, one after the other. */
  runs() {
    return this.wire.all(`${this.path}/runs`);
  }

  /** The run with this id. */
  run(id) {
    return new Run(this, id);
  }

  /**
   * What happens, as it happens: `{id, name, data}` for each event. `after` is the id of the last one
   * that is known, 0 for all. Ends when `signal` says so, or the session ends.
   */
  events({ after, signal } = {}) {
    return events(this.wire, `${this.path}/events`, { after, signal });
  }

  /** Closes the session. */
  close() {
    return this.wire.command("DELETE", this.path);
  }
}
