// The page's copy of a session: read once, then updated by its events. Once per frame, views learn
// what changed, however many events there were, so that a result only updates its own row.

import { Session } from "./api.js";
import { STOPPED } from "./shared/format.js";
import { JobFeed } from "./job-feed.js";
import { Live } from "./shared/live.js";
import { Marks } from "./marks.js";
import { cardsOf } from "./cards.js";
import { takesPart } from "./plan.js";
import { leftOut } from "./rules.js";
import { MOST_KEPT, readProcessed, readSession } from "./snapshot.js";
import { States } from "./states.js";
import { Times } from "./times.js";

/** Up to how many missed events are read one by one, instead of the whole session. */
const MOST_MISSED = 50_000;

/** How many log records are kept at most. */
const MOST_RECORDS = 5000;

/**
 * How often to read what no event reports, in milliseconds: whether the session is still busy
 * outside of a run, and whether an interrupted run can be continued.
 */
const POLL = 400;

/** The outcomes of runs that may be continued. */
const BROKEN_OFF = new Set(["cancelled", "lost", "interrupted"]);

export class Store {
  #listeners = new Set();
  #dirty = fresh();
  #frame = 0;
  #timer = null;
  #waiting = [];
  /** Whether it is still unknown if there is a run to continue. */
  #unsure = false;
  #load = 0;

  constructor(id) {
    this.id = id;
    this.api = new Session(id);
    this.connection = "opening";
    this.problem = null;
    this.records = [];
    /** The runs of earlier, the latest first. */
    this.past = [];
    this.pending = new Set();
    this.plugins = [];
    this.states = new States(this);
    this.times = new Times();
    this.jobs = new JobFeed(this);
    this.#clear();
    /** Files of plug-ins that could not be used, and what was found and does not take part. */
    this.broken = [];
    this.leftOut = [];
    this.session = null;
    this.sequence = 0;
    this.live = new Live({
      events: this.api.events,
      mayContinue: async (last) => {
        const missed = (await this.api.read()).sequence - last;
        return missed >= 0 && missed <= MOST_MISSED;
      },
      told: (name, data, id) => this.#told(name, data, Number(id)),
      state: (state, problem) => {
        this.connection = state;
        this.problem = problem ?? null;
        this.touch("session");
        if (state === "open") this.#poll();
      },
      reload: () => this.load(),
    });
  }

  #takePlugins({ items: plugins, broken, leftOut }) {
    Object.assign(this, { plugins, broken, leftOut });
    this.states.planChanged();
  }

  /** Calls back with the changes, once per frame; returns a function that stops this. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close() {
    this.#load += 1;
    this.live.close();
    this.jobs.close();
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  /** Reads the session, then listens to its events. */
  async load() {
    const load = ++this.#load;
    try {
      const { session, discovered, context, instances, states, failed, warned, recent } = await readSession(this.api);
      if (load !== this.#load) return;
      this.#clear();
      this.#takePlugins(discovered);
      this.context = context;
      for (const instance of instances) this.#add(instance);
      this.marks.fill(states.plugins);
      const processed = await readProcessed(this.api, this, states.plugins);
      if (load !== this.#load) return;
      for (const [plugin, ids] of processed) this.marks.processed(plugin, ids);
      for (const result of [...failed, ...warned]) this.#keep(result);
      this.records = recent.flatMap((result) => result.records.map((record) => logged(record, result)));
      this.session = session;
      this.sequence = session.sequence;
      this.touch("all");
      this.live.open(session.sequence);
      this.#readTimes();
      this.jobs.read();
    } catch (problem) {
      if (load !== this.#load) return;
      this.connection = "lost";
      this.problem = problem;
      this.touch("session");
      setTimeout(() => load === this.#load && this.load(), 2000);
    }
  }

  async #readTimes() {
    try {
      this.past = await this.api.runs();
    } catch {
      return; // The connection's own message says what is wrong.
    }
    await this.times.read(this.api, this.past);
    this.touch("session");
  }

  /** Resolves when everything up to this event was processed. */
  caughtUp(sequence) {
    if (this.sequence >= sequence) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error("the page has lost its connection; wait until it is back, and try again"));
      this.#waiting.push({ sequence, resolve, timer: setTimeout(late, 5000) });
    });
  }

  // Queries of the views.

  get run() {
    return this.session?.run ?? null;
  }

  get running() {
    return this.run?.state === "running";
  }

  get busy() {
    return this.session?.state === "busy" || this.running;
  }

  get down() {
    return this.session?.state === "down";
  }

  /** Whether nothing was collected, although there is something that collects. */
  get canCollect() {
    const { session } = this;
    return session?.state === "idle" && !this.running && !session.continuableRunId && !this.collected &&
      this.plugins.some((plugin) => plugin.stage === "collect" && takesPart(plugin));
  }

  /** Whether instances were collected yet. */
  get collected() {
    return this.instances.size > 0 || this.plugins.some((plugin) => plugin.stage === "collect" && this.marks.of(plugin.id).processed);
  }

  plugin(id) {
    if (this.#pluginList !== this.plugins) {
      this.#pluginList = this.plugins;
      this.#pluginMap = new Map(this.plugins.map((plugin) => [plugin.id, plugin]));
    }
    return this.#pluginMap.get(id);
  }
  #pluginList = null;
  #pluginMap = new Map();

  /** Failures without those of plug-ins and instances that are left out. */
  get problems() {
    return [...this.failures.values()].filter((result) => this.#counts(result));
  }

  get warned() {
    return [...this.warnings.values()].filter((result) => this.#counts(result));
  }

  #counts(result) {
    const instance = this.instances.get(result.instanceId);
    return result.instanceId === null || instance !== undefined && !leftOut(instance);
  }

  /** The cards of failures and of warnings. */
  get cards() {
    return (this.#cards ??= { failed: cardsOf(this.problems, this), warned: cardsOf(this.warned, this) });
  }
  #cards = null;

  /** How many things must be solved: plug-in files that cannot be used, and cards of failures. */
  get toSolve() {
    return this.broken.length + this.cards.failed.length;
  }

  // Events.

  /**
   * Notes a change: `all`, `structure`, `instance`, `plugin`, `problems`, `log`, `session`,
   * `context`, `jobs`.
   */
  touch(what, id) {
    if (what === "instance" || what === "plugin") this.#dirty[what].add(id);
    else this.#dirty[what] = true;
    if (what === "problems" || what === "structure" || what === "all") this.#cards = null;
    this.#frame ||= requestAnimationFrame(() => this.#tell());
  }

  #tell() {
    const dirty = this.#dirty;
    this.#dirty = fresh();
    this.#frame = 0;
    for (const listener of this.#listeners) listener(dirty);
  }

  #clear() {
    this.instances = new Map();
    /** The ids of the instances that are left out. */
    this.out = new Set();
    this.context = {};
    this.marks = new Marks();
    this.failures = new Map();
    this.warnings = new Map();
    this.working = null;
    this.#cards = null;
    this.states.planChanged();
  }

  #add(instance) {
    this.instances.set(instance.id, instance);
    this.#sort(instance);
    this.states.planChanged();
  }

  #sort(instance) {
    if (leftOut(instance)) this.out.add(instance.id);
    else this.out.delete(instance.id);
  }

  #told(name, data, number) {
    if (data) this.#take[name]?.call(this, data);
    this.sequence = number;
    if (this.session) this.session.sequence = number;
    if (this.#waiting.length) {
      this.#waiting = this.#waiting.filter((waiting) => {
        if (waiting.sequence > number) return true;
        clearTimeout(waiting.timer);
        waiting.resolve();
        return false;
      });
    }
  }

  #take = {
    reset() {
      this.times.keep(this.plugins, this.marks);
      this.#clear();
      this.records = [];
      // A reset starts an adapter that was down.
      if (this.session) Object.assign(this.session, { state: "idle", continuableRunId: null });
      this.#activity("idle");
      this.touch("all");
    },
    async pluginsDiscovered() {
      try {
        this.#takePlugins(await this.api.plugins());
        this.touch("all");
      } catch {
        this.load();
      }
    },
    // Rare: a plug-in has changed others.
    pluginsChanged() {
      return this.#take.pluginsDiscovered.call(this);
    },
    pluginToggled({ pluginId: plugin, active }) {
      const known = this.plugin(plugin);
      if (known) known.active = active;
      this.states.planChanged();
      this.touch("plugin", plugin);
    },
    instanceAdded({ instance }) {
      this.#add(instance);
      this.touch("structure");
    },
    instanceChanged({ instanceId: instance, key, value }) {
      const known = this.instances.get(instance);
      if (!known) return;
      if (value === undefined) delete known.data[key];
      else known.data[key] = value;
      if (key === "family" || key === "families" || key === "label") {
        this.states.planChanged();
        this.touch("structure");
      }
      if (key === "publish") {
        this.#sort(known);
        this.states.planChanged();
        this.touch("problems");
        for (const id of this.marks.foundBy(instance)) this.touch("plugin", id);
      }
      this.touch("instance", instance);
    },
    membersChanged({ instanceId: instance, members }) {
      const known = this.instances.get(instance);
      if (known) known.members = members;
      this.touch("instance", instance);
    },
    instanceRemoved({ instanceId: instance }) {
      this.instances.delete(instance);
      this.out.delete(instance);
      this.states.planChanged();
      this.marks.forget(instance);
      this.touch("structure");
      this.touch("problems");
    },
    contextChanged({ key, value }) {
      if (value === undefined) delete this.context[key];
      else this.context[key] = value;
      this.touch("context");
    },
    runStarted(run) {
      if (this.session) Object.assign(this.session, { run, continuableRunId: null });
      this.#activity("busy");
      this.touch("problems");
    },
    pluginStarted({ progress, remaining, stage, ...pair }) {
      const { session } = this;
      if (session && this.running && session.run.id === pair.runId) {
        Object.assign(session.run, { progress: progress ?? session.run.progress, remaining: remaining ?? null, stage: stage ?? null });
      }
      this.#work(pair);
      if (session && session.state !== "busy") this.#activity("busy");
      else if (session) session.since = Date.now() / 1000;
    },
    record({ pair, record }) {
      this.records.push(logged(record, pair));
      // Remove many at once and rarely: removing the first of a long list each time would be slow.
      if (this.records.length > MOST_RECORDS * 1.2) this.records = this.records.slice(-MOST_RECORDS);
      this.touch("log");
    },
    sessionRecord({ call, record }) {
      this.records.push(logged(record, { pluginId: null, plugin: `The session (${call})`, instanceId: null, instance: null }));
      this.touch("log");
    },
    progress({ pair, fraction, message }) {
      this.#work({ ...pair, fraction, message });
    },
    result({ runId: run, result }) {
      this.#keep(result, true);
      if (run && this.session?.run?.id === run) this.session.run[result.error ? "failed" : "succeeded"] += 1;
      this.#work(null);
      if (!run) this.#activity("idle");
    },
    runEnded(run) {
      if (this.session) this.session.run = run;
      this.#work(null);
      this.#activity("idle");
      this.touch("problems");
      if (BROKEN_OFF.has(run.state)) this.#ask();
    },
    hostFound() {
      if (this.session) this.session.state = "idle";
      this.#ask();
      this.#activity("idle");
      this.touch("problems");
    },
    sceneChanged(scene) {
      if (this.session) this.session.scene = scene;
      this.touch("session");
    },
    hostLost({ reason, searching = false }) {
      this.#work(null);
      this.#activity("down", reason);
      if (this.session) this.session.failure = { message: reason, searching };
      // The event does not say whether a user stopped it.
      this.#ask();
      this.touch("problems");
    },
  };

  #activity(state, doing = null) {
    if (!this.session) return;
    // If a run ends because the host is gone, the session stays down.
    if (state === "idle" && this.down) return;
    Object.assign(this.session, { state, doing, since: state === "busy" ? Date.now() / 1000 : null });
    this.touch("session");
    if (state === "busy") this.#poll();
  }

  #work(pair) {
    const before = this.working;
    this.working = pair;
    // A stop of the previous run does not affect this one.
    if (this.session) this.session.progress = pair?.fraction ?? null;
    for (const { pluginId, instanceId } of [before, pair].filter(Boolean)) {
      this.touch("plugin", pluginId);
      if (instanceId) this.touch("instance", instanceId);
    }
    this.touch("session");
  }

  /** Processes a result. */
  #keep(result, isNew = false) {
    const { pluginId, instanceId, mode, error } = result;
    if (!pluginId) return;
    // The result of an action does not affect what is published; the client that started it gets
    // it.
    if (typeof mode === "object") return;
    const key = `${pluginId}\n${instanceId ?? ""}`;
    if (error?.kind === STOPPED && mode === "repair") return; // Nothing is known anew.
    if (error?.kind === STOPPED) {
      // A plug-in that the user stopped is no problem to solve.
      this.marks.stopped(pluginId, instanceId);
      if (this.failures.delete(key) || this.warnings.delete(key)) this.touch("problems");
      this.touch("plugin", pluginId);
      if (instanceId) this.touch("instance", instanceId);
      return;
    }
    const before = this.failures.get(key);
    if (mode === "repair" && error && before) {
      // The problem is still the same. Its card says that the repair failed, and why.
      this.failures.set(key, { ...before, repair: error });
      this.touch("problems");
      return;
    }
    const warns = !error && result.records.some((record) => record.level >= 30);
    if (isNew) this.marks.note(pluginId, instanceId, result, warns);
    if (instanceId === null) this.states.contextChanged();
    if (this.failures.delete(key) || error) this.touch("problems");
    if (this.warnings.delete(key) || warns) this.touch("problems");
    if (error && this.failures.size < MOST_KEPT) this.failures.set(key, result);
    if (warns && this.warnings.size < MOST_KEPT) this.warnings.set(key, result);
    this.touch("plugin", pluginId);
    if (instanceId) this.touch("instance", instanceId);
  }

  /** Reads the session's state while it is busy with something other than a run. */
  #ask() {
    this.#unsure = true;
    this.#poll();
  }

  #poll() {
    clearTimeout(this.#timer);
    if (!(this.busy || this.#unsure) || this.running) return;
    const load = this.#load;
    this.#timer = setTimeout(async () => {
      try {
        const session = await this.api.read();
        if (load !== this.#load) return;
        // Ignore an answer that is older than later events.
        if (this.session && session.sequence === this.sequence) {
          const { state, doing, since, progress, progressMessage, run, continuableRunId, scene, failure } = session;
          Object.assign(this.session, { state, doing, since, progress, progressMessage, run, continuableRunId, scene, failure });
          this.#unsure = false;
          this.touch("session");
        }
      } catch {
        // The event stream notices this, too, and reports it.
      }
      if (load === this.#load) this.#poll();
    }, POLL);
  }
}

function fresh() {
  return { all: false, structure: false, problems: false, log: false, session: false, context: false, jobs: false, instance: new Set(), plugin: new Set() };
}

function logged(record, { pluginId, plugin, instanceId, instance }) {
  return { ...record, pluginId, plugin, instanceId, instance };
}
