// Runs the adapter in its own tests, in Node and outside of the sandbox: `Harness`. It replaces only
// the runtime; the plug-ins are the real ones, and work on folders of the test.

import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { register } from "node:module";
import { join } from "node:path";

import { toValue } from "./values.js";

// What the adapter imports is replaced by this file.
const REPLACED = /^(pyblish|wasi):/;
const hook = `export const resolve = (name, context, next) => ${REPLACED}.test(name)
  ? { url: ${JSON.stringify(import.meta.url)}, shortCircuit: true } : next(name, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

/** What the adapter gets; one test runs at a time. */
const granted = { folders: [], variables: {}, addresses: {}, isCancelled: false };

/** How many handles the adapter holds. */
let held = 0;

/** The interface `wasi:cli/environment`. */
export function getEnvironment() {
  return Object.entries(granted.variables);
}

/** The interface `wasi:filesystem/preopens`. */
export function getDirectories() {
  held += granted.folders.length;
  return granted.folders.map(({ path, hostPath }) => [new Descriptor(hostPath), path]);
}

class Handle {
  [Symbol.dispose ?? Symbol.for("dispose")]() {
    held -= 1;
  }
}

/** A folder. */
class Descriptor extends Handle {
  constructor(path) {
    super();
    this.path = path;
  }

  openAt(_, inner) {
    const path = join(this.path, inner);
    if (!fs.existsSync(path)) throw { payload: "no-entry" };
    held += 1;
    return new Descriptor(path);
  }

  readDirectory() {
    held += 1;
    return new Entries(fs.readdirSync(this.path, { withFileTypes: true }));
  }

  renameAt(from, folder, to) {
    fs.renameSync(join(this.path, from), join(folder.path, to));
  }
}

class Entries extends Handle {
  constructor(entries) {
    super();
    this.entries = entries;
  }

  readDirectoryEntry() {
    const entry = this.entries.shift();
    return entry && { type: entry.isFile() ? "regular-file" : "unknown", name: entry.name };
  }
}

/** The interface `files`. */
export function copy(_, source, target, files) {
  const failed = (code, index, side, reason) => ({ payload: { code, index, side, reason } });
  const made = [];
  try {
    return files.map((file, index) => {
      if (granted.isCancelled) throw failed("cancelled", index, "source", "is not copied");
      const [from, to] = [join(source.path, file.source), join(target.path, file.target)];
      if (!fs.existsSync(from)) throw failed("not-found", index, "source", "does not exist");
      if (fs.existsSync(to)) throw failed("already-exists", index, "target", "exists already");
      const bytes = fs.readFileSync(from);
      fs.writeFileSync(to, bytes);
      made.push(to);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { size: BigInt(bytes.length), sha256 };
    });
  } catch (error) {
    made.forEach((path) => fs.rmSync(path));
    throw error;
  }
}

/** The interface `connections`. */
export function connect(_, address) {
  const answer = granted.addresses[address];
  if (!answer) throw { payload: { code: "refused", reason: "refuses the connection" } };
  held += 1;
  return new StandIn(answer);
}

/** In place of a connection: what answers is a function of the test. */
class StandIn extends Handle {
  received = new Uint8Array();

  constructor(answer) {
    super();
    this.answer = answer;
  }

  send(_, bytes) {
    const answer = new TextEncoder().encode(this.answer(new TextDecoder().decode(bytes)));
    this.received = Uint8Array.of(...this.received, ...answer);
  }

  receive(_, most) {
    if (granted.isCancelled) throw { payload: { code: "cancelled", reason: "" } };
    const bytes = this.received.slice(0, most);
    this.received = this.received.slice(most);
    return bytes;
  }
}

/**
 * A session with an adapter, given its export `service`. `folders` has the path of each granted
 * folder inside the sandbox, and its path on this machine; `settings` those that are not default;
 * `addresses` a function for each address that can be connected to, which gets a text that was sent
 * and returns the answer.
 */
export class Harness {
  /** What was logged, each as `level: message`. */
  records = [];
  /** Progress that was reported: fractions. */
  progress = [];
  /** The attributes that plug-ins declare, by the plug-ins' names. */
  declared = {};
  /** The context, as the runtime knows it from the changes: instances by their names. */
  instances = new Map();

  constructor(service, { settings = {}, folders = {}, variables = {}, addresses = {} }) {
    const paths = Object.entries(folders);
    granted.folders = paths.map(([path, hostPath]) => ({ path, hostPath, writable: true }));
    granted.variables = variables;
    granted.addresses = addresses;
    held = 0;
    const described = service.describe().settings;
    const given = described.map(({ name, default: value }) => {
      return { key: name, value: name in settings ? toValue(settings[name]) : value };
    });
    const opening = { settings: given, user: "tester", machine: "here", folders: granted.folders };
    this.opened = service.Session.open(this.#call(), opening);
    this.session = this.opened.session;
    this.reset();
    this.plugins = this.session.discover(this.#call()).plugins;
  }

  reset() {
    this.instances.clear();
    return this.#told(this.session.reset(this.#call()));
  }

  /** Runs a plug-in on the instance of this name, or on the context. Returns its outcome. */
  process(plugin, name) {
    return this.processAll([[plugin, name]])[0];
  }

  /** Runs these pairs of a plug-in and a name in one call, as far as it comes. */
  processAll(pairs) {
    const told = [];
    const finished = (outcomes) => {
      told.push(...outcomes.map((outcome) => this.#told(outcome)));
      return !told.some((outcome) => outcome.failure || outcome.changes.length > 0);
    };
    const all = pairs.map(([plugin, name]) => ({ plugin, instance: this.#id(name) }));
    this.session.process(this.#call(), { finished }, all);
    return told;
  }

  repair(plugin, name) {
    return this.#told(this.session.repair(this.#call(), { plugin, instance: this.#id(name) }));
  }

  act(plugin, action, name) {
    const meant = { plugin, action, instance: this.#id(name) };
    return this.#told(this.session.act(this.#call(), meant));
  }

  /** Sets a value as a frontend does: of the instance of this name, or of the context. */
  set(name, key, value) {
    const id = this.#id(name);
    const owner = id === undefined ? { tag: "context" } : { tag: "instance", val: id };
    const change = { tag: "data-set", val: { owner, key, value: toValue(value) } };
    return this.#told(this.session.apply(this.#call(), [change]));
  }

  notify(name, argumentsOf = {}) {
    const event = { name, arguments: JSON.stringify(argumentsOf) };
    return this.#told(this.session.notify(this.#call(), event));
  }

  /** Does something while the user asks every call to stop. */
  cancelled(work) {
    granted.isCancelled = true;
    try {
      return work(this);
    } finally {
      granted.isCancelled = false;
    }
  }

  #id(name) {
    return name === undefined ? undefined : (this.instances.get(name) ?? name);
  }

  #call() {
    return {
      log: ({ level, message }) => this.records.push(`${level.tag}: ${message}`),
      progress: (fraction) => this.progress.push(fraction),
      cancelled: () => granted.isCancelled,
      declare: (plugin, attributes) => (this.declared[plugin] = attributes),
      hostLost: (reason) => this.records.push(`lost: ${reason}`),
    };
  }

  #told(outcome) {
    for (const { tag, val } of outcome.changes) {
      if (tag === "instance-added") this.instances.set(val.name, val.id);
    }
    if (held !== 0) throw new Error(`${held} handles were not given back: see using() in sdk.js`);
    return outcome;
  }
}
