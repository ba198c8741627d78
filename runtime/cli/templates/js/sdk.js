// The library for `adapter.js`: connects its plug-ins with the service interface of `wit/`.
//
// You can change it. An error that leaves an export would end the adapter, so each error is caught
// here and becomes the plug-in's failure.

import { getEnvironment } from "wasi:cli/environment@0.2.12";
import { fromValue, toDatums, toValue } from "./values.js";

// The order of each stage in Pyblish; orders up to a half below or above belong to the stage, too.
const ORDERS = { collect: 0, validate: 1, extract: 2, integrate: 3 };

// How many milliseconds outcomes are kept until they are told: to tell one costs as much as many.
const TELL_AFTER = 1;

/**
 * What is wrong, where, and what to do next, in words for artists. The option `title` is shown
 * above it, `detail` on request, and `kind` names the kind of error for programs.
 */
export class PublishError extends Error {
  constructor(message, { title, detail, kind = "PublishError" } = {}) {
    super(message);
    this.name = kind;
    this.title = title;
    this.detail = detail;
  }
}

/** The work stopped because the user asked for it. A run that goes on later does it again. */
export class Cancelled extends PublishError {
  constructor() {
    super("Cancelled, as you asked", { title: "Cancelled" });
  }
}

/** Logs a line, which frontends see at once. */
export const log = {
  debug: (message) => record("debug", message),
  info: (message) => record("info", message),
  warning: (message) => record("warning", message),
  error: (message) => record("error", message),
  critical: (message) => record("critical", message),
};

function record(level, message) {
  currentCall()?.log({ level: { tag: level }, message: String(message), logger: "adapter" });
}

/** Reports the progress of the current call; `fraction` is from 0 to 1. */
export function progress(fraction, message = "") {
  currentCall()?.progress(fraction, message);
}

/** Whether the user asked to stop the current call. A long call asks this now and then. */
export function cancelled() {
  return current?.call.cancelled() ?? false;
}

/** Ends a long call if the user asked for it. */
export function stopIfCancelled() {
  if (cancelled()) throw new Cancelled();
}

/** Says that the host is gone, and why: the current call is the last one. */
export function hostLost(reason) {
  currentCall()?.hostLost(reason);
}

/** The value of an environment variable that was granted; undefined if there is none. */
export function variable(name) {
  return getEnvironment().find(([key]) => key === name)?.[1];
}

/**
 * Gives a handle back to the runtime. JavaScript does not do that by itself, and an adapter that
 * keeps all of them soon has too many.
 */
export function dispose(handle) {
  handle[Symbol.dispose ?? Symbol.for("dispose")]();
}

/** Uses a handle of the runtime, and gives it back. */
export function using(handle, work) {
  try {
    return work(handle);
  } finally {
    dispose(handle);
  }
}

// The call that is under way: its handles, which are lent for this call only.
let current;

/** The handle of the call that is under way, for functions of the runtime that take it. */
export function currentCall() {
  // What is said from now on belongs to the pair that comes after these.
  current?.batch?.tell();
  return current?.call;
}

function during(call, batch, work) {
  current = { call, batch };
  try {
    return work();
  } finally {
    current = undefined;
  }
}

/** The outcomes of `process`, which are told in groups. */
class Batch {
  outcomes = [];
  goesOn = true;
  told = performance.now();

  constructor(handle) {
    this.handle = handle;
  }

  /** Adds the outcome of a pair. Returns whether to begin the next pair. */
  finish(outcome) {
    this.outcomes.push(outcome);
    // What comes next may depend on a failure or a change.
    const isQuiet = !outcome.failure && outcome.changes.length === 0;
    return isQuiet && performance.now() - this.told < TELL_AFTER ? this.goesOn : this.tell();
  }

  tell() {
    if (this.outcomes.length > 0) {
      this.goesOn = this.handle.finished(this.outcomes.splice(0));
      this.told = performance.now();
    }
    return this.goesOn;
  }
}

/**
 * A setting; `kind` is text, boolean, integer, number or texts. Without a default it is required.
 */
export function setting(name, kind, doc, value) {
  return { name, kind, doc, default: value === undefined ? undefined : toValue(value) };
}

/** A folder that the adapter reads, by its path inside the sandbox. */
export function readable(path, doc, { optional = false } = {}) {
  return { tag: "folder", val: { path, writable: false, optional, doc } };
}

/** A folder that the adapter reads and writes. */
export function writable(path, doc, { optional = false } = {}) {
  return { tag: "folder", val: { path, writable: true, optional, doc } };
}

/**
 * An address that the adapter connects to, `host:port`; `{name}` in it stands for the value of the
 * setting `name`. See `connect` in connection.js.
 */
export function address(hostAndPort) {
  return { tag: "address", val: hostAndPort };
}

/** An environment variable that the adapter reads, with `variable`. */
export function environment(name) {
  return { tag: "environment", val: name };
}

/** A running host with the bridge in it; `start` says what the user does to start one. */
export function runningHost(name, { optional = false, start } = {}) {
  return { tag: "host", val: { name, optional, start } };
}

/** An object whose keys are data alone, whatever their names are. */
function dataOf(entries) {
  const data = Object.create(null);
  for (const [key, value] of entries) data[key] = value;
  return data;
}

/**
 * Something with `data`. Read `data` directly; change it with `set` and `unset`, which inform the
 * runtime.
 */
class Holder {
  data = dataOf([]);

  set(key, value) {
    this.changes.push({ tag: "data-set", val: { owner: this.owner, key, value: toValue(value) } });
    this.data[key] = value;
  }

  unset(key) {
    if (!Object.hasOwn(this.data, key)) return;
    delete this.data[key];
    this.changes.push({ tag: "data-removed", val: { owner: this.owner, key } });
  }
}

/** An instance to publish. */
class Instance extends Holder {
  constructor(context, id, name, data, members) {
    super();
    const owner = { tag: "instance", val: id };
    Object.assign(this, { context, id, name, data, members, owner, changes: context.changes });
  }

  setMembers(members) {
    this.members = members;
    this.changes.push({ tag: "members-set", val: { instance: this.id, members } });
  }
}

/** The instances by id, and data about all of them. */
class Context extends Holder {
  owner = { tag: "context" };
  instances = new Map();
  changes = [];

  constructor(made = 0) {
    super();
    // Counts all instances that were ever created, so that no id is used twice.
    this.made = made;
  }

  /** Creates an instance with this data. */
  create(name, data = {}, members = []) {
    const all = dataOf([["family", "default"], ...Object.entries(data)]);
    const datums = toDatums(all);
    this.made += 1;
    const id = `i${this.made}`;
    const instance = new Instance(this, id, name, all, members);
    this.instances.set(id, instance);
    this.changes.push({ tag: "instance-added", val: { id, name, data: datums, members } });
    return instance;
  }

  remove(instance) {
    if (this.instances.delete(instance.id)) {
      this.changes.push({ tag: "instance-removed", val: instance.id });
    }
  }

  /** Whether a plug-in takes part from now on; Pyblish asks just before the plug-in's turn. */
  activate(plugin, active) {
    this.changes.push({ tag: "plugin-activated", val: { plugin, active } });
  }

  /** Returns the changes since the last call. */
  takeChanges() {
    return this.changes.splice(0);
  }

  /** Applies a change from a frontend; a change to a missing instance is ignored. */
  apply({ tag, val }) {
    const at = (owner) => (owner.tag === "context" ? this : this.instances.get(owner.val));
    switch (tag) {
      case "instance-added":
        this.create(val.name, dataOf(val.data.map(({ key, value }) => [key, fromValue(value)])), val.members);
        break;
      case "instance-removed":
        this.remove({ id: val });
        break;
      case "members-set":
        this.instances.get(val.instance)?.setMembers(val.members);
        break;
      case "data-set":
        at(val.owner)?.set(val.key, fromValue(val.value));
        break;
      case "data-removed":
        at(val.owner)?.unset(val.key);
        break;
      case "plugin-activated":
        this.activate(val.plugin, val.active);
        break;
      // How the rules see an instance is decided by its data here. The others only a host makes.
      case "selection-set":
      case "plugins-changed":
      case "targets-set":
      case "stop-test-set":
    }
  }
}

/** The states of a plug-in in which an action can be offered: an action's `on`. */
const CONDITIONS = ["all", "not-processed", "processed", "failed", "warning", "failed-or-warning", "succeeded"];

/** The description of an action for the runtime. */
function describedAction({ id, label = "", icon, kind = "action", on = "all" }) {
  const condition = CONDITIONS.includes(on) ? { tag: on } : { tag: "unknown", val: on };
  return { id, label, icon, kind, condition };
}

/** The description of a plug-in for the runtime. */
function described(plugin) {
  const order = ORDERS[plugin.order] ?? plugin.order;
  if (typeof order !== "number") {
    throw new PublishError(`${plugin.name} has no order: use a stage such as collect, or a number`);
  }
  const scope = { context: plugin.on === "context", instance: plugin.on !== "context" };
  const none = { context: false, instance: false };
  return {
    id: plugin.name,
    name: plugin.name,
    label: plugin.label,
    doc: plugin.doc,
    version: plugin.version ?? [0, 0, 1],
    order,
    families: plugin.families ?? ["*"],
    hosts: plugin.hosts ?? ["*"],
    targets: plugin.targets ?? ["default"],
    matching: plugin.matching ?? "intersection",
    optional: plugin.optional ?? false,
    active: plugin.active ?? true,
    processes: scope,
    repairs: plugin.repair ? scope : none,
    // Each action has an id, a label and an `on`, which says when it is offered; the plug-in's
    // `act(id, target, session)` runs it.
    actions: (plugin.actions ?? []).map(describedAction),
    base: plugin.on === "context" ? "ContextPlugin" : "InstancePlugin",
  };
}

/**
 * An attribute of a plug-in for the runtime. A plug-in lists them in `attributes`: each has a `key`, a
 * `type` (boolean, integer, number, text, multiline-text, texts, choice or choices), and perhaps
 * `label`, `help`, `group`, `default`, `minimum`, `maximum`, `choices` (values, or pairs of a value and
 * a label) and `readOnly`. With `scope: "instance"` the value is in the data of each instance;
 * otherwise the plug-in gets it in `attributes` of its last argument.
 */
function describedAttribute(attribute) {
  const { key, type, scope = "plugin", label, help, group, minimum, maximum, readOnly = false } = attribute;
  const value = attribute.default === undefined ? undefined : toValue(attribute.default);
  // The contract's whole numbers have 64 bits.
  const end = (number) => (type === "integer" && number !== undefined ? BigInt(number) : number);
  const choices = (attribute.choices ?? []).map((choice) => {
    const [value, label] = Array.isArray(choice) ? choice : [choice];
    return { value: toValue(value), label };
  });
  const range = { minimum: end(minimum), maximum: end(maximum) };
  const val = { integer: range, number: range, choice: choices, choices }[type];
  return { key, scope, kind: { tag: type, val }, label, help, group, default: value, readOnly };
}

/** The values of a plug-in's settings. */
function attributesOf(plugin, context) {
  const own = (plugin.attributes ?? []).filter(({ scope }) => scope !== "instance");
  return dataOf(own.map((it) => [it.key, context.data[`${plugin.name}.${it.key}`] ?? it.default]));
}

/** The failure that the artist sees for an error. */
function failure(error) {
  if (!(error instanceof Error)) {
    return { kind: { tag: "raised", val: "Error" }, message: String(error?.payload ?? error) };
  }
  return {
    kind: error instanceof Cancelled ? { tag: "cancelled" } : { tag: "raised", val: error.name },
    title: error.title,
    message: error.message || error.name,
    detail: error.detail,
    location: location(error),
    traceback: `${error.name}: ${error.message}\n${error.stack}`,
  };
}

/**
 * Where an error was thrown: the first line of the stack outside its constructor,
 * `process@adapter.js:40:13`.
 */
function location(error) {
  const frames = [...error.stack.matchAll(/^(.*)@(.+):(\d+):\d+$/gm)];
  const frame = frames.find(([, name]) => name !== error.constructor.name);
  return frame && { file: frame[2], line: Number(frame[3]), function: frame[1] || undefined };
}

/** A thrown value must not be an Error, which would end the adapter. */
function failing(work) {
  try {
    return work();
  } catch (error) {
    throw failure(error);
  }
}

/** The data for opening a session, as plug-ins get it. */
function sessionOf(opening) {
  const settings = dataOf(opening.settings.map(({ key, value }) => [key, fromValue(value)]));
  const { user, machine, folders } = opening;
  return {
    settings,
    user,
    machine,
    folders,
    /** The path on the host's machine of a path inside the sandbox; undefined if none is granted. */
    hostPath(path) {
      const folder = folders.find((it) => path === it.path || path.startsWith(`${it.path}/`));
      return folder && folder.hostPath + path.slice(folder.path.length);
    },
  };
}

/** The exports of the component for an adapter. */
export function serve(adapter) {
  const plugins = new Map(adapter.plugins.map((plugin) => [plugin.name, plugin]));

  class Session {
    context = new Context();
    // The plug-ins that took longer than outcomes are kept.
    slow = new Set();

    constructor(opening) {
      this.session = sessionOf(opening);
    }

    static open(call, opening) {
      return failing(() =>
        during(call, undefined, () => {
          const session = new Session(opening);
          // What is known of the host is shown to people.
          const host = toDatums(adapter.open?.(session.session) ?? {});
          return { session, host, context: [] };
        }),
      );
    }

    reset(call) {
      this.context = new Context(this.context.made);
      return during(call, undefined, () => this.outcome(() => {}));
    }

    discover(call) {
      const found = () => {
        for (const { name, attributes = [] } of adapter.plugins) {
          if (attributes.length > 0) call.declare(name, attributes.map(describedAttribute));
        }
        return {
          plugins: adapter.plugins.map(described),
          broken: [],
          leftOut: [],
          hosts: [],
          targets: [],
          stopTest: { tag: "pyblish" },
        };
      };
      return failing(() => during(call, undefined, found));
    }

    process(call, handle, pairs) {
      const batch = new Batch(handle);
      let last;
      during(call, batch, () => {
        for (const { plugin, instance } of pairs) {
          // If this pair takes long, or crashes, those before it must be told already.
          if ((plugin !== last || this.slow.has(plugin)) && !batch.tell()) return;
          last = plugin;
          const begun = performance.now();
          const outcome = this.outcome(() => this.run(plugin, "process", instance));
          const took = performance.now() - begun;
          outcome.duration = BigInt(Math.round(took * 1e6));
          if (took >= TELL_AFTER) this.slow.add(plugin);
          if (!batch.finish(outcome)) return;
        }
        batch.tell();
      });
    }

    repair(call, { plugin, instance }) {
      return during(call, undefined, () => this.outcome(() => this.run(plugin, "repair", instance)));
    }

    act(call, { plugin, action, instance }) {
      return during(call, undefined, () => this.outcome(() => this.run(plugin, "act", instance, action)));
    }

    apply(call, changes) {
      const all = () => changes.forEach((change) => this.context.apply(change));
      return during(call, undefined, () => this.outcome(all));
    }

    notify(call, { name, arguments: text }) {
      const told = () => adapter.notify?.(name, JSON.parse(text), this.session);
      return during(call, undefined, () => this.outcome(told));
    }

    close(call) {
      during(call, undefined, () => this.outcome(() => adapter.close?.(this.session)));
    }

    /** Runs a plug-in's method on the instance with this id, or on the context. */
    run(id, name, instance, ...first) {
      const plugin = plugins.get(id);
      if (!plugin) throw new PublishError(`there is no plug-in ${id}; discover the plug-ins again`);
      if (!plugin[name]) throw new PublishError(`${id} has no ${name}`);
      const target = instance === undefined ? this.context : this.context.instances.get(instance);
      if (!target) throw new PublishError(`there is no instance ${instance}; reset`);
      const session = plugin.attributes
        ? { ...this.session, attributes: attributesOf(plugin, this.context) }
        : this.session;
      plugin[name](...first, target, session);
    }

    /** An error becomes the plug-in's failure; changes before it stay. */
    outcome(work) {
      let failed;
      try {
        work();
      } catch (error) {
        failed = failure(error);
      }
      return { failure: failed, changes: this.context.takeChanges() };
    }
  }

  return {
    describe() {
      const { name, version, doc, hosts = [], settings = [], grants = [] } = adapter;
      return { name, version, doc, hosts, settings, grants };
    },
    Session,
  };
}
