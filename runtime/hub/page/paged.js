// A collection that is read page by page, as far as somebody scrolls.

import { counted } from "./shared/format.js";

export class Paged {
  #loading = 0;
  #next = null;
  #busy = null;

  /** `read(query)` reads a page after `query.after`; `changed()` is called when items changed. */
  constructor(read, changed, { limit = 200 } = {}) {
    Object.assign(this, { read, changed, limit });
    this.clear();
  }

  clear() {
    this.#loading += 1;
    this.#next = null;
    this.#busy = null;
    this.items = [];
    this.total = null;
    /** Whether the hub only knows about how many there are. */
    this.estimated = false;
    this.problem = null;
  }

  get hasMore() {
    return this.total === null || this.#next !== null;
  }

  /** Reads the next page, once, however often it is called meanwhile. */
  more() {
    if (!this.hasMore) return Promise.resolve();
    this.#busy ??= this.#more(this.#loading).finally(() => { this.#busy = null; });
    return this.#busy;
  }

  async #more(loading) {
    try {
      const page = await this.read({ limit: this.limit, after: this.#next });
      if (loading !== this.#loading) return;
      // What was added at the front meanwhile may be in this page, too.
      const known = new Set(this.items.map(({ id }) => id));
      this.items = [...this.items, ...page.items.filter(({ id }) => id === undefined || !known.has(id))];
      this.#count(page);
      this.#next = page.next;
      this.problem = null;
    } catch (problem) {
      if (loading !== this.#loading) return;
      this.problem = problem;
    }
    this.changed();
  }

  #count({ total, estimated }) {
    this.total = total;
    this.estimated = estimated;
  }

  /** How many there are, in words; nothing until that is known. */
  said(one, many) {
    if (this.total === null) return "";
    return `${this.estimated ? "about " : ""}${counted(this.total, one, many)}`;
  }

  /** Reads the first page again; answers how many items are new at the front. */
  async refresh() {
    const loading = this.#loading;
    if (this.total === null) {
      await this.more();
      return 0;
    }
    const page = await this.read({ limit: 50 });
    if (loading !== this.#loading) return 0;
    const fresh = new Map(page.items.map((item) => [item.id, item]));
    const known = new Set(this.items.map(({ id }) => id));
    const meets = page.items.some(({ id }) => known.has(id));
    this.#count(page);
    this.problem = null;
    if (!meets && this.items.length) {
      // More has come than a page has: begin again.
      this.clear();
      await this.more();
      return 0;
    }
    const isAll = page.next === null;
    const oldest = page.items.at(-1);
    const until = oldest ? this.items.findIndex(({ id }) => id === oldest.id) : -1;
    // Those of the first page that are not in it any more do not fit the filter any more.
    const rest = isAll ? [] : this.items.slice(until + 1).map((item) => fresh.get(item.id) ?? item);
    this.items = [...page.items, ...rest];
    this.changed();
    return page.items.filter(({ id }) => !known.has(id)).length;
  }

  /** Puts these items in the place of those with their ids. */
  replace(items) {
    const fresh = new Map(items.map((item) => [item.id, item]));
    this.items = this.items.map((item) => fresh.get(item.id) ?? item);
    this.changed();
  }
}
