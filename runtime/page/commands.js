// What the user has done. Each command answers when the runtime has; what went wrong is said in a notice.

import { Problem } from "./api.js";
import { leftOut } from "./rules.js";

/** How many instances are changed with one request: as many as the runtime takes. */
const MOST_AT_ONCE = 10_000;

export class Commands {
  /** `say(title, text)` shows a notice. */
  constructor(store, say) {
    Object.assign(this, { store, say, api: store.api });
  }

  /** Runs something and says what went wrong, if anything did; answers whether nothing did. */
  async #attempt(title, work) {
    try {
      await work();
      return true;
    } catch (problem) {
      this.say(problem instanceof Problem && problem.title ? `${title}: ${problem.title.toLowerCase()}` : title, problem.message);
      return false;
    }
  }

  /** Begins anew, and looks for what there is to publish. */
  reset() {
    return this.#attempt("Could not reset", async () => {
      await this.api.reset();
      await this.api.start({ until: "collect" });
    });
  }

  validate() {
    return this.#attempt("Could not validate", () => this.api.start({ until: "validate", ...this.#rest() }));
  }

  publish(comment) {
    return this.#attempt("Could not publish", () => this.api.start({ comment, ...this.#rest() }));
  }

  /** Goes on with the run that was broken off. */
  goOn() {
    return this.#attempt("Could not continue", () => this.api.start({ continue: this.store.session.continuable }));
  }

  /** Once collected, a run leaves the collectors out: what was repaired and left out since would be lost. */
  #rest() {
    if (!this.store.collected) return {};
    return { plugins: this.store.plugins.filter((plugin) => plugin.stage !== "collect").map((plugin) => plugin.id) };
  }

  /** Asks the run to stop; by force where the plug-in at work does not listen. */
  stop(force) {
    return this.#attempt("Could not stop", () => this.api.cancel(this.store.run.id, force ? 0 : undefined));
  }

  /** Has a plug-in repair these instances (null for the context), and looks at each again. */
  repair(plugin, instances) {
    return this.#attempt("Could not repair", async () => {
      for (const instance of instances) {
        const target = instance ?? undefined;
        const { success } = await this.api.repair(plugin.id, target);
        if (success) await this.api.process(plugin.id, target);
      }
    });
  }

  act(plugin, action) {
    return this.#attempt(`Could not do “${action.label}”`, async () => {
      const { success, error } = await this.api.act(plugin.id, action.id);
      if (!success) this.say(error?.title || `“${action.label}” did not work`, error?.message ?? "");
    });
  }

  /** Has instances take part, or leaves them out. */
  take(instances, takesPart) {
    const wanted = instances.filter((instance) => leftOut(instance) === takesPart);
    return this.#all(wanted, "instance", async (revision) => {
      for (let at = 0; at < wanted.length; at += MOST_AT_ONCE) {
        const instances = wanted.slice(at, at + MOST_AT_ONCE).map((instance) => instance.id);
        await this.api.changeInstances({ instances, revision, set: { publish: takesPart } });
      }
    });
  }

  /** Has a plug-in take part, or leaves it out. */
  takePlugins(plugins, active) {
    const wanted = plugins.filter((plugin) => plugin.active !== active);
    return this.#all(wanted, "plugin", async (revision) => {
      for (const plugin of wanted) await this.api.changePlugin(plugin.id, { revision, active });
    });
  }

  /** Changes each of these as the page shows them now; while that lasts they are `pending`. */
  async #all(things, kind, change) {
    const keys = things.map((thing) => `${kind}:${thing.id}`);
    const wait = (is) => things.forEach((thing, index) => {
      if (is) this.store.pending.add(keys[index]);
      else this.store.pending.delete(keys[index]);
      this.store.touch(kind, thing.id);
    });
    wait(true);
    await this.#attempt("Not changed", async () => {
      await change(await this.#seen());
    });
    wait(false);
  }

  /** Sets or unsets (undefined) one of the data of an instance, or of the context (null), which was `before`. */
  changeData(instance, key, value, before) {
    return this.#attempt("Not changed", async () => {
      const revision = await this.#seen();
      const data = instance === null ? this.store.context : this.store.instances.get(instance)?.data ?? {};
      if (JSON.stringify(data[key]) !== JSON.stringify(before)) {
        throw new Error(`somebody else changed ${key} meanwhile: look at what it is now, and decide anew`);
      }
      const change = value === undefined ? { revision, unset: [key] } : { revision, set: { [key]: value } };
      await (instance === null ? this.api.changeContext(change) : this.api.changeInstance(instance, change));
    });
  }

  /** The session's revision, once the page shows all that had happened by then: so nothing unseen is overwritten. */
  async #seen() {
    const { revision, sequence } = await this.api.read();
    await this.store.caughtUp(sequence);
    return revision;
  }
}
