// A list of any length that only creates its visible rows. It has one tab stop: arrows move,
// `aria-activedescendant` gives the active row to screen readers, and the owner of the list decides
// what space and enter do.

import { h, mark } from "./dom.js";

/** How many rows are kept beyond the edges, so that scrolling shows no gaps. */
const BEYOND = 6;

let lists = 0;

export class VirtualList extends HTMLElement {
  #rows = new Map();
  #free = [];
  #items = [];
  #indexes = new Map();
  #active = null;
  #height = 34;
  #id = `list-${++lists}`;
  #wanted = 0;

  /**
   * `make(row)` fills an empty row once, `fill(row, item)` shows an item in it; `act(key, item)`
   * handles a key press.
   */
  setup({ label, make, fill, act = () => false, activate = () => {}, role = "treegrid" }) {
    Object.assign(this, { make, fill, act, activate });
    this.setAttribute("role", role);
    this.setAttribute("aria-label", label);
    this.tabIndex = 0;
    this.space = h("div", { class: "space", role: "presentation" });
    this.append(this.space);
    this.addEventListener("scroll", () => this.#later(), { passive: true });
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("focus", () => this.#begin());
    this.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.#measure()).observe(this);
  }

  /** All items; each has a `key`. */
  set items(items) {
    this.#items = items;
    this.#indexes = new Map(items.map((item, index) => [item.key, index]));
    mark(this, "aria-rowcount", items.length);
    this.space.style.height = `${items.length * this.#height}px`;
    if (this.#active !== null && !this.#indexes.has(this.#active)) this.#active = null;
    this.#draw(true);
  }

  get items() {
    return this.#items;
  }

  get active() {
    return this.#items[this.#indexes.get(this.#active)] ?? null;
  }

  /** Updates the visible rows that have changed. */
  refresh(happened) {
    for (const [index, row] of this.#rows) {
      const item = this.#items[index];
      if (item && happened(item)) this.fill(row, item);
    }
  }

  /** Updates all visible rows. */
  refreshAll() {
    this.#draw(true);
  }

  /** Makes this row the active one, and scrolls to it. */
  show(key) {
    const index = this.#indexes.get(key);
    if (index !== undefined) this.#move(index);
  }

  /** Whether the end of the list is visible. */
  get atEnd() {
    return this.scrollTop + this.clientHeight >= this.scrollHeight - this.#height;
  }

  toEnd() {
    this.scrollTop = this.scrollHeight;
  }

  #measure() {
    const height = parseFloat(getComputedStyle(this).getPropertyValue("--row")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
    if (height && height !== this.#height) {
      this.#height = height;
      this.space.style.height = `${this.#items.length * height}px`;
    }
    this.#draw(true);
  }

  #later() {
    this.#wanted ||= requestAnimationFrame(() => this.#draw(false));
  }

  #draw(all) {
    this.#wanted = 0;
    if (!this.space) return;
    const first = Math.max(0, Math.floor(this.scrollTop / this.#height) - BEYOND);
    const last = Math.min(this.#items.length, Math.ceil((this.scrollTop + this.clientHeight) / this.#height) + BEYOND);
    for (const [index, row] of this.#rows) {
      if (index < first || index >= last) {
        this.#rows.delete(index);
        row.hidden = true;
        this.#free.push(row);
      }
    }
    for (let index = first; index < last; index++) {
      let row = this.#rows.get(index);
      const isNew = !row;
      if (isNew) {
        row = this.#free.pop() ?? this.#make();
        row.hidden = false;
        row.style.transform = `translateY(${index * this.#height}px)`;
        mark(row, "aria-rowindex", index + 1);
        row.id = `${this.#id}-${index}`;
        this.#rows.set(index, row);
      } else if (all) {
        row.style.transform = `translateY(${index * this.#height}px)`;
      }
      if (isNew || all) this.fill(row, this.#items[index]);
      mark(row, "aria-selected", this.#items[index].key === this.#active ? "true" : "false");
    }
    const active = this.#indexes.get(this.#active);
    mark(this, "aria-activedescendant", this.#rows.has(active) ? `${this.#id}-${active}` : null);
  }

  #make() {
    const row = h("div", { class: "row", role: "row" });
    this.make(row);
    this.space.append(row);
    return row;
  }

  /**
   * Makes the first visible row the active one, without scrolling: a click first gives the focus.
   */
  #begin() {
    if (this.active) return;
    this.#active = this.#items[Math.ceil(this.scrollTop / this.#height)]?.key ?? null;
    this.#draw(false);
  }

  #move(index) {
    const to = Math.max(0, Math.min(this.#items.length - 1, index));
    if (!this.#items[to]) return;
    this.#active = this.#items[to].key;
    const top = to * this.#height;
    if (top < this.scrollTop) this.scrollTop = top;
    else if (top + this.#height > this.scrollTop + this.clientHeight) this.scrollTop = top + this.#height - this.clientHeight;
    this.#draw(false);
  }

  #key(event) {
    if (event.target !== this || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = this.#indexes.get(this.#active) ?? -1;
    const page = Math.max(1, Math.floor(this.clientHeight / this.#height) - 1);
    const to = { ArrowDown: now + 1, ArrowUp: Math.max(0, now - 1), PageDown: now + page, PageUp: now - page, Home: 0, End: this.#items.length - 1 }[event.key];
    if (to !== undefined) this.#move(to);
    else if (!this.active || !this.act(event.key, this.active)) return;
    event.preventDefault();
  }

  #click(event) {
    const row = event.target.closest(".row");
    const index = [...this.#rows].find(([, known]) => known === row)?.[0] ?? -1;
    const item = this.#items[index];
    if (!item) return;
    this.#active = item.key;
    this.#draw(false);
    // Controls in the row, such as a checkbox, handle clicks themselves.
    if (!event.target.closest("input, button")) this.activate(item);
  }
}

customElements.define("virtual-list", VirtualList);
