// The commands of the user. Each returns when the runtime has answered; errors are shown in a
// notice.

import { cancelJob, retryJob } from "./api.js";
import { Problem } from "./shared/request.js";
import { STOPPED } from "./shared/format.js";
import { pictureOf } from "./picture.js";
import { leftOut } from "./rules.js";

/** How many instances one request changes: the most that the runtime accepts. */
const MOST_AT_ONCE = 10_000;

export class Commands {
  /** `say(title, text)` shows a notice. */
  constructor(store, say) {
    Object.assign(this, { store, say, api: store.api });
  }

  /** Runs something and shows its error, if any; returns whether it succeeded. */
  async #attempt(title, work) {
    try {
      await work();
      return true;
    } catch (problem) {
      this.say(problem instanceof Problem && problem.title ? `${title}: ${problem.title.toLowerCase()}` : title, problem.message);
      return false;
    }
  }

  /** Starts over: resets and collects. */
  reset() {
    return this.#attempt("Could not reset", async () => {
      await this.api.reset();
      await this.api.start({ until: "collect" });
    });
  }

  /**
   * Collects for the first time since the session began. Pages that open at the same time send the
   * same key, so that only one of them starts it.
   */
  collect() {
    const key = `page-collects-${this.store.session.connected}`;
    return this.#attempt("Could not collect", () => this.api.start({ until: "collect" }, key));
  }

  validate() {
    return this.#attempt("Could not validate", () => this.api.start({ until: "validate", ...this.#rest() }));
  }

  publish(comment) {
    return this.#attempt("Could not publish", () => this.api.start({ comment, ...this.#rest() }));
  }

  /**
   * Hands a publish over to the farm, or to the background (`here`). What has changed since it was
   * validated is validated first. Answers the job; null if there is none.
   */
  async handOver(place, comment) {
    let handed = null;
    await this.#attempt("Not handed over", async () => {
      const request = { place, comment };
      try {
        handed = await this.api.handOver(request);
      } catch (problem) {
        if (problem.body?.code !== "not-validated") throw problem;
        const run = await this.api.start({ until: "validate", ...this.#rest() });
        if (await this.#succeeds(run.id)) handed = await this.api.handOver(request);
      }
    });
    if (handed) await this.store.jobs.read();
    return handed?.job ?? null;
  }

  /** Waits for the end of a run. Answers whether it has succeeded. */
  #succeeds(id) {
    return new Promise((resolve) => {
      const look = () => {
        const { run } = this.store;
        if (!run || run.id !== id || run.state === "running") return;
        stop();
        resolve(run.state === "succeeded");
      };
      const stop = this.store.listen(look);
      look();
    });
  }

  cancelJob(id) {
    return this.#attempt("Not cancelled", async () => {
      await cancelJob(id);
      await this.store.jobs.read();
    });
  }

  /** Has what failed in a job tried again. */
  retryJob(id) {
    return this.#attempt("Not tried again", async () => {
      await retryJob(id);
      await this.store.jobs.read();
    });
  }

  /** Continues the interrupted run. */
  goOn() {
    return this.#attempt("Could not continue", () => this.api.start({ continuesRunId: this.store.session.continuableRunId }));
  }

  /**
   * After the first collection, a run skips the collectors: otherwise repairs and choices since
   * then would be lost.
   */
  #rest() {
    if (!this.store.collected) return {};
    return { pluginIds: this.store.plugins.filter((plugin) => plugin.stage !== "collect").map((plugin) => plugin.id) };
  }

  /** Asks what is under way to stop; by force if the plug-in at work does not react. */
  stop(force) {
    const grace = force ? 0 : undefined;
    this.#stops += 1;
    return this.#attempt("Could not stop", () => (this.store.running ? this.api.cancel(this.store.run.id, grace) : this.api.cancelPair(grace)));
  }
  /** How often Stop was pressed: a series of repairs or actions ends with it. */
  #stops = 0;

  /** Selects the members of these instances in the host. */
  select(instances) {
    return this.#attempt("Could not select", () => this.api.select(instances));
  }

  /**
   * Lets a plug-in repair these instances (null for the context), and validates each again. Answers
   * the ids of those that are `repaired`, those whose repair `failed` with its message, those that
   * are `left` with a problem, and those that were `stopped` or not begun any more; null if the
   * runtime could not be asked.
   */
  async repair(plugin, instances) {
    const [repaired, failed, left, stopped] = [[], [], [], []];
    const stops = this.#stops;
    const isDone = await this.#attempt("Could not repair", async () => {
      for (const instance of instances) {
        if (this.#stops !== stops) {
          stopped.push(instance);
          continue;
        }
        const target = instance ?? undefined;
        const { success, error } = await this.api.repair(plugin.id, target);
        if (success) {
          const again = await this.api.process(plugin.id, target);
          (again.success ? repaired : again.error?.kind === STOPPED ? stopped : left).push(instance);
        } else if (error?.kind === STOPPED) stopped.push(instance);
        else failed.push([instance, error?.message ?? ""]);
      }
      await this.#seen();
    });
    return isDone ? { repaired, failed, left, stopped } : null;
  }

  /**
   * Runs an action for each of these instances, or for the plug-in as a whole (null). An action may
   * collect again, so instances that are gone meanwhile are left out.
   */
  act(plugin, action, instances = [null]) {
    const stops = this.#stops;
    return this.#attempt(`Could not run “${action.label}”`, async () => {
      for (const [index, instance] of instances.entries()) {
        if (this.#stops !== stops) return;
        if (index > 0) await this.#seen();
        if (instance !== null && !this.store.instances.has(instance)) continue;
        const { success, error } = await this.api.act(plugin.id, action.id, instance ?? undefined);
        if (success || error?.kind === STOPPED) continue;
        this.say(error?.title || `“${action.label}” failed`, error?.message ?? "");
        return;
      }
    });
  }

  /** Shows the folder of a published version in the file manager of the runtime's machine. */
  openFolder(instance) {
    return this.#attempt("Could not open the folder", () => this.api.openFolder(instance));
  }

  /** Gives an instance the picture in this file, or takes away the one that it was given (null). */
  replaceThumbnail(instance, file) {
    return this.#attempt("The picture was not used", async () => {
      await this.api.replaceThumbnail(instance, file && (await pictureOf(file)));
    });
  }

  /** Includes instances or leaves them out. */
  take(instances, takesPart) {
    const wanted = instances.filter((instance) => leftOut(instance) === takesPart);
    return this.#all(wanted, "instance", async (revision) => {
      for (let at = 0; at < wanted.length; at += MOST_AT_ONCE) {
        const instanceIds = wanted.slice(at, at + MOST_AT_ONCE).map((instance) => instance.id);
        await this.api.changeInstances({ instanceIds, revision, set: { publish: takesPart }, remember: true });
      }
    });
  }

  /** Includes plug-ins or leaves them out. */
  takePlugins(plugins, active) {
    const wanted = plugins.filter((plugin) => plugin.active !== active);
    return this.#all(wanted, "plugin", async (revision) => {
      for (const plugin of wanted) await this.api.changePlugin(plugin.id, { revision, active, remember: true });
    });
  }

  /**
   * Changes each of these, based on their state on the page; until it is done they are `pending`.
   */
  async #all(things, kind, change) {
    const keys = things.map((thing) => `${kind}:${thing.id}`);
    const wait = (is) => things.forEach((thing, index) => {
      if (is) this.store.pending.add(keys[index]);
      else this.store.pending.delete(keys[index]);
      this.store.touch(kind, thing.id);
    });
    wait(true);
    const isDone = await this.#attempt("Not changed", async () => {
      await change(await this.#seen());
      await this.#seen();
    });
    wait(false);
    return isDone;
  }

  /**
   * Sets or removes (undefined) a value in the data of an instance, or of the context (null). It
   * was `before`.
   */
  changeData(instance, key, value, before) {
    return this.#attempt("Not changed", async () => {
      const revision = await this.#seen();
      const data = instance === null ? this.store.context : this.store.instances.get(instance)?.data ?? {};
      if (JSON.stringify(data[key]) !== JSON.stringify(before)) {
        throw new Error(`somebody else changed ${key} meanwhile: check its new value, and try again`);
      }
      const change = value === undefined ? { revision, unset: [key], remember: true } : { revision, set: { [key]: value }, remember: true };
      await (instance === null ? this.api.changeContext(change) : this.api.changeInstance(instance, change));
    });
  }

  /**
   * The session's revision, once the page shows everything up to it, so that no unseen change is
   * overwritten.
   */
  async #seen() {
    const { revision, sequence } = await this.api.read();
    await this.store.caughtUp(sequence);
    return revision;
  }
}
