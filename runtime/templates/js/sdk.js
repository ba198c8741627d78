// What `adapter.js` is written with: plug-ins on one side, the service interface of `wit/` on the other.
//
// It is yours: change what does not suit you. An error that leaves an export would end the adapter, so each is
// caught here and becomes the plug-in's failure.

import * as runtime from "pyblish:endpoint/runtime@0.1.0";

// The order at which a stage begins in Pyblish; a half either way belongs to it.
const ORDERS = { collect: 0, validate: 1, extract: 2, integrate: 3 };

/** What is wrong, where, and what to do next, in an artist's words; of the options, `title` stands above it. */
export class PublishError extends Error {
  constructor(message, { title, detail } = {}) {
    super(message);
    this.name = "PublishError";
    this.title = title;
    this.detail = detail;
  }
}

/** A line in the log, which reaches frontends at once. Levels are Python's. */
export const log = {
  debug: (message) => record(10, message),
  info: (message) => record(20, message),
  warning: (message) => record(30, message),
  error: (message) => record(40, message),
};

function record(level, message) {
  runtime.log({ level, message: String(message), logger: "adapter" });
}

/** A setting; `kind` is text, boolean, integer, number or texts. It must be given if it has no default. */
export function setting(name, kind, doc, value) {
  return { name, kind, doc, default: value === undefined ? undefined : JSON.stringify(value) };
}

/** A folder that the adapter reads, by its path inside the sandbox. */
export function readable(path, doc, { optional = false } = {}) {
  return { path, writable: false, optional, doc };
}

/** A folder that the adapter writes to, too. */
export function writable(path, doc, { optional = false } = {}) {
  return { path, writable: true, optional, doc };
}

/** What has `data`: read it; change it with `set` and `unset`, so that the runtime is told. */
class Holder {
  data = {};

  set(key, value) {
    this.data[key] = value;
    const place = { instance: this.id, key };
    this.changes.push({ tag: "data-set", val: [place, JSON.stringify(value)] });
  }

  unset(key) {
    if (!Object.hasOwn(this.data, key)) return;
    delete this.data[key];
    this.changes.push({ tag: "data-unset", val: { instance: this.id, key } });
  }
}

/** What is published. */
class Instance extends Holder {
  constructor(context, id, name, data, members) {
    super();
    Object.assign(this, { context, id, name, data, members, changes: context.changes });
  }
}

/** The instances, by their ids, and data about all of them. */
class Context extends Holder {
  instances = new Map();
  changes = [];

  constructor(made = 0) {
    super();
    // Counts the instances ever made, so that no id is used twice.
    this.made = made;
  }

  /** Appends an instance that has these data from its first moment. */
  create(name, data = {}, members = []) {
    this.made += 1;
    const instance = new Instance(this, `i${this.made}`, name, { family: "default", ...data }, members);
    this.instances.set(instance.id, instance);
    const datums = Object.entries(instance.data);
    const val = {
      id: instance.id,
      name,
      data: datums.map(([key, value]) => ({ key, value: JSON.stringify(value) })),
      members,
    };
    this.changes.push({ tag: "instance-added", val });
    return instance;
  }

  remove(instance) {
    if (this.instances.delete(instance.id)) {
      this.changes.push({ tag: "instance-removed", val: instance.id });
    }
  }

  /** Takes what changed since the last time. */
  takeChanges() {
    return this.changes.splice(0);
  }

  /** Makes a change that came from a frontend; one to what is not there is left out. */
  apply(change) {
    const { tag, val } = change;
    const at = (id) => (id === undefined ? this : this.instances.get(id));
    switch (tag) {
      case "instance-added": {
        const data = val.data.map(({ key, value }) => [key, JSON.parse(value)]);
        this.create(val.name, Object.fromEntries(data), val.members);
        break;
      }
      case "instance-removed":
        this.remove({ id: val });
        break;
      case "members-set": {
        const instance = this.instances.get(val[0]);
        if (!instance) break;
        instance.members = val[1];
        this.changes.push(change);
        break;
      }
      case "data-set":
        at(val[0].instance)?.set(val[0].key, JSON.parse(val[1]));
        break;
      case "data-unset":
        at(val.instance)?.unset(val.key);
        break;
      default:
        this.changes.push(change);
    }
  }
}

/** A plug-in as the runtime knows it. */
function described(plugin) {
  const order = ORDERS[plugin.order] ?? plugin.order;
  if (typeof order !== "number") throw new Error(`${plugin.name} has no order: say collect, or a number`);
  const scope = { context: plugin.on === "context", instance: plugin.on !== "context" };
  const none = { context: false, instance: false };
  return {
    id: plugin.name,
    name: plugin.name,
    label: plugin.label,
    doc: plugin.doc,
    version: [0, 0, 1],
    order,
    families: plugin.families ?? ["*"],
    hosts: plugin.hosts ?? ["*"],
    targets: plugin.targets ?? ["default"],
    match: "intersection",
    optional: plugin.optional ?? false,
    active: plugin.active ?? true,
    processes: scope,
    repairs: plugin.repair ? scope : none,
    // Each has an id, a label and an `on`, which says when it is offered; `act(id, context)` runs it.
    actions: (plugin.actions ?? []).map((action) => ({ kind: "action", on: "all", ...action })),
    base: plugin.on === "context" ? "ContextPlugin" : "InstancePlugin",
  };
}

/** What the artist sees of an error. */
function failure(error) {
  if (!(error instanceof Error)) return { message: String(error), kind: "Error" };
  return {
    title: error.title,
    message: error.message || error.name,
    detail: error.detail,
    location: location(error),
    traceback: `${error.name}: ${error.message}\n${error.stack}`,
    kind: error.name,
  };
}

/** Where it was thrown: the first line of the stack, `process@adapter.js:40:13`, that is not of the making of it. */
function location(error) {
  const frames = [...error.stack.matchAll(/^(.*)@(.+):(\d+):\d+$/gm)];
  const frame = frames.find(([, name]) => name !== error.constructor.name);
  return frame && { file: frame[2], line: Number(frame[3]), function: frame[1] || undefined };
}

/** What the component exports for an adapter. */
export function serve(adapter) {
  let settings = {};
  let context = new Context();

  const plugin = (id) => {
    const found = adapter.plugins.find(({ name }) => name === id);
    if (!found) throw new PublishError(`there is no plug-in ${id}; discover the plug-ins again`);
    return found;
  };
  const target = (id) => {
    const found = id === undefined ? context : context.instances.get(id);
    if (!found) throw new PublishError(`there is no instance ${id}`);
    return found;
  };
  const method = (id, name) => {
    const found = plugin(id);
    if (!found[name]) throw new PublishError(`${id} has no ${name}`);
    return found[name].bind(found);
  };
  /** An error is that plug-in's failure; what changed before it has changed. */
  const outcome = (work) => {
    let failed;
    try {
      work();
    } catch (error) {
      failed = failure(error);
    }
    return { failure: failed, changes: context.takeChanges(), ahead: 0 };
  };

  return {
    describe() {
      const { name, version, doc, hosts = [], folders = [] } = adapter;
      const grants = folders.map((val) => ({ tag: "folder", val }));
      return { name, version, doc, hosts, settings: adapter.settings ?? [], grants };
    },
    open(opening) {
      const given = opening.settings.map(({ key, value }) => [key, JSON.parse(value)]);
      settings = Object.fromEntries(given);
      return { host: [], context: [] };
    },
    reset() {
      context = new Context(context.made);
      return outcome(() => {});
    },
    discover() {
      try {
        return { plugins: adapter.plugins.map(described), broken: [] };
      } catch (error) {
        // What is thrown here must not be an Error, which would end the adapter.
        throw failure(error);
      }
    },
    process: (id, instance) => outcome(() => method(id, "process")(target(instance), settings)),
    repair: (id, instance) => outcome(() => method(id, "repair")(target(instance), settings)),
    act: (id, action) => outcome(() => method(id, "act")(action, context, settings)),
    apply: (changes) => outcome(() => changes.forEach((change) => context.apply(change))),
    notify: () => outcome(() => {}),
    close() {},
  };
}
