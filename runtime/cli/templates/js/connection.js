// Connections to addresses that the user has granted. The sandbox has no sockets of Node: the
// runtime connects for it.

import { connect as open } from "pyblish:endpoint/connections@0.2.0";
import { Cancelled, PublishError, currentCall, dispose } from "./sdk.js";

/** The most bytes that are received at a time. */
const MOST = 64 << 10;

/** The most bytes of a line. */
const LONGEST_LINE = 1 << 20;

/**
 * Connects to `host:port`, an address that the adapter asks for (see `address` in sdk.js) and the
 * user granted, does the work with the `Connection`, and closes it. `timeout` is how many seconds
 * the connection may take to open, and then each of its methods.
 *
 * An error is a `PublishError` of the kind `ConnectionError`; its `code` is one of the interface
 * `connections`, such as `refused` or `too-late`.
 */
export function connect(address, work, { timeout = 10 } = {}) {
  const limit = Math.round(timeout * 1000);
  const handle = saying(address, () => open(currentCall(), address, limit));
  try {
    return work(new Connection(address, handle, limit));
  } finally {
    dispose(handle);
  }
}

/** An open connection. While it waits, it also looks whether the user asked to stop. */
class Connection {
  #handle;
  #limit;
  #read = new Uint8Array();

  constructor(address, handle, limit) {
    this.address = address;
    this.#handle = handle;
    this.#limit = limit;
  }

  /** Sends a text, or bytes: all of it. */
  send(content) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    saying(this.address, () => this.#handle.send(currentCall(), bytes, this.#limit));
  }

  /** The bytes that come next, at most so many; none if the other side has closed. */
  receive(most = MOST) {
    if (this.#read.length > 0) return this.#take(Math.min(most, this.#read.length));
    return saying(this.address, () => this.#handle.receive(currentCall(), most, this.#limit));
  }

  /** So many bytes. It is an error if the other side closes before. */
  receiveExactly(count) {
    while (this.#read.length < count) this.#more();
    return this.#take(count);
  }

  /** The text up to the end of the line, without that. It is an error if the other side closes before. */
  receiveLine() {
    let end;
    while ((end = this.#read.indexOf(10)) < 0) {
      if (this.#read.length >= LONGEST_LINE) {
        throw failed(this.address, "io", `sends a line of more than ${LONGEST_LINE} bytes`);
      }
      this.#more();
    }
    const line = new TextDecoder().decode(this.#take(end + 1).subarray(0, end));
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  #more() {
    const more = saying(this.address, () => this.#handle.receive(currentCall(), MOST, this.#limit));
    if (more.length === 0) throw failed(this.address, "closed", "has closed the connection");
    const all = new Uint8Array(this.#read.length + more.length);
    all.set(this.#read);
    all.set(more, this.#read.length);
    this.#read = all;
  }

  #take(count) {
    const taken = this.#read.subarray(0, count);
    this.#read = this.#read.subarray(count);
    return taken;
  }
}

function failed(address, code, reason) {
  const error = new PublishError(`${address} ${reason}`, { title: "No connection", kind: "ConnectionError" });
  error.code = code;
  return error;
}

/** Adds the address to the runtime's errors. */
function saying(address, work) {
  try {
    return work();
  } catch (error) {
    if (!error?.payload?.code) throw error;
    const { code, reason } = error.payload;
    if (code === "cancelled") throw new Cancelled();
    throw failed(address, code, reason);
  }
}
