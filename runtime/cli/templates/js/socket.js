// Connections to addresses that the adapter asks for (`address` in its grants) and the user granted.

import { Connection as Handle } from "pyblish:endpoint/sockets@0.2.0";
import { Cancelled, PublishError, currentCall, dispose } from "./sdk.js";

/**
 * Connects to `host:port`. `timeout` is how many seconds that may take, and then each of the
 * connection's methods. Use the connection in `connected`, or close it.
 */
export function connect(address, { timeout = 10 } = {}) {
  const milliseconds = Math.min(Math.max(Math.round(timeout * 1000), 0), 2 ** 32 - 1);
  return new Connection(address, milliseconds);
}

/** Connects, does some work with the connection, and closes it. */
export function connected(address, options, work) {
  const connection = connect(address, options);
  try {
    return work(connection);
  } finally {
    connection.close();
  }
}

/**
 * An open connection. While it waits, it also looks whether the user asked to stop, and then throws
 * `Cancelled`. Its other errors have a `code`, such as `timed-out`, `refused` or `not-granted`.
 */
export class Connection {
  #handle;
  #read = new Uint8Array();

  constructor(address, timeout) {
    this.address = address;
    this.timeout = timeout;
    this.#handle = this.#saying(() => Handle.connect(currentCall(), address, timeout));
  }

  /** Sends all of these bytes, or this text. */
  send(content) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.#saying(() => this.#open().send(currentCall(), bytes, this.timeout));
  }

  /** The bytes that come next, at most so many; none if the other side has closed. */
  receive(most = 65536) {
    if (this.#read.length > 0) return this.#take(Math.min(most, this.#read.length));
    return this.#saying(() => this.#open().receive(currentCall(), most, this.timeout));
  }

  /** So many bytes. An error if the other side closes before. */
  receiveExactly(count) {
    while (this.#read.length < count) this.#more();
    return this.#take(count);
  }

  /** The text up to the end of the line, without it. A line has at most `most` bytes. */
  receiveLine(most = 1 << 20) {
    let looked = 0;
    for (;;) {
      const end = this.#read.indexOf(10, looked);
      if (end >= 0) return new TextDecoder().decode(this.#take(end + 1)).replace(/\r?\n$/, "");
      looked = this.#read.length;
      if (looked >= most) throw this.#error("too-long", `sends a line of more than ${most} bytes`);
      this.#more();
    }
  }

  /** Closes the connection. A second time does nothing. */
  close() {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle) dispose(handle);
  }

  #take(count) {
    const taken = this.#read.slice(0, count);
    this.#read = this.#read.slice(count);
    return taken;
  }

  #more() {
    const more = this.#saying(() => this.#open().receive(currentCall(), 65536, this.timeout));
    if (more.length === 0) throw this.#error("closed", "has closed the connection");
    const all = new Uint8Array(this.#read.length + more.length);
    all.set(this.#read);
    all.set(more, this.#read.length);
    this.#read = all;
  }

  #open() {
    if (!this.#handle) throw this.#error("closed", "was closed by the adapter");
    return this.#handle;
  }

  #error(code, reason) {
    const error = new PublishError(`${this.address} ${reason}`, { kind: "ConnectionError" });
    error.code = code;
    return error;
  }

  /** Turns the errors of the runtime into those of this class. */
  #saying(work) {
    try {
      return work();
    } catch (error) {
      const { code, reason } = error?.payload ?? {};
      if (code === undefined) throw error;
      if (code === "cancelled") throw new Cancelled();
      throw this.#error(code, reason);
    }
  }
}
