// An editor of data as JSON, value by value. It does not overwrite a value that somebody else
// changed meanwhile.

import { h, button, name } from "./shared/dom.js";
import { cut, pretty } from "./shared/format.js";

const MOST_SHOWN = 4000;

export class DataEditor {
  /** The key that is being edited; "" for a new one. */
  #key = null;
  #owner = null;
  /** The keys that are not changed here. */
  #fixed = new Set();

  /** `ended` is called when the user has stopped editing. */
  constructor(commands, ended) {
    this.commands = commands;
    this.ended = ended;
  }

  get busy() {
    return this.#key !== null;
  }

  stop() {
    this.#key = null;
  }

  /**
   * The data of an instance, or of the context (null): without the keys that have fields. Those that
   * are `fixed` can only be looked at, and those that are `hidden` are shown elsewhere.
   */
  table(data, owner, editable, { fixed = new Set(), fields = [], hidden = new Set() } = {}) {
    this.#owner = owner;
    this.#key = null;
    const hasField = new Set([...fields.map(({ attribute }) => attribute.dataKey), ...hidden]);
    this.#fixed = new Set([...fixed, ...hasField]);
    const table = h("div", { class: "data" });
    const shown = Object.entries(data).filter(([key]) => !hasField.has(key));
    for (const [key, value] of shown) table.append(this.#line(key, value, editable && !fixed.has(key)));
    if (!shown.length) table.append(h("p", { class: "muted" }, "No data."));
    if (editable) table.append(this.#adder());
    return table;
  }

  #line(key, value, editable) {
    const line = h("div", { class: "datum" });
    const edit = () => {
      line.replaceChildren(...this.#form(key, value, () => line.replaceChildren(...show())));
      line.querySelector("textarea").focus();
    };
    const show = () => [
      name(cut(key, 300), { class: "key" }),
      h("pre", { class: "value", dir: "auto", tabindex: pretty(value).length > 300 ? "0" : null }, cut(pretty(value), MOST_SHOWN)),
      editable && button("Edit", edit, { class: "quiet", "aria-label": `Edit ${cut(key, 100)}` }),
    ].filter(Boolean);
    line.append(...show());
    return line;
  }

  #form(key, value, close) {
    this.#key = key;
    const owner = this.#owner;
    const error = h("p", { class: "bad", role: "alert" });
    const area = h("textarea", { rows: Math.min(12, pretty(value).split("\n").length + 1), "aria-label": `The value of ${cut(key, 100)} as JSON`, spellcheck: "false", value: pretty(value) });
    const end = () => {
      this.#key = null;
      close();
      this.ended();
    };
    const save = async (wanted) => {
      // The row shows the new value when the runtime reports it.
      this.#key = null;
      await this.commands.changeData(owner, key, wanted, value);
      if (area.isConnected) close();
      this.ended();
    };
    const read = () => {
      try {
        return save(JSON.parse(area.value));
      } catch (problem) {
        error.textContent = `This is not JSON: ${problem.message}. Write texts in double quotes.`;
      }
    };
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape") end();
      else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) read();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return [
      name(cut(key, 300), { class: "key" }), area, error,
      h("div", { class: "buttons" }, button("Save", read, { class: "primary" }), button("Cancel", end), button("Remove", () => save(undefined), { class: "quiet" })),
    ];
  }

  #adder() {
    const holder = h("div", { class: "datum" });
    const show = () => holder.replaceChildren(button("Add a value", ask, { class: "quiet" }));
    const ask = () => {
      this.#key = "";
      const key = h("input", { type: "text", "aria-label": "The name of the new value", placeholder: "Name" });
      const error = h("p", { class: "bad", role: "alert" });
      const take = () => {
        const text = key.value.trim();
        if (!text) return;
        if (this.#fixed.has(text)) {
          error.textContent = `“${text}” cannot be set here.`;
          return;
        }
        holder.replaceChildren(...this.#form(text, undefined, show));
        holder.querySelector("textarea").focus();
      };
      key.addEventListener("keydown", (event) => {
        if (event.key === "Enter") take();
        else if (event.key === "Escape") {
          this.#key = null;
          show();
          this.ended();
        }
      });
      holder.replaceChildren(key, button("Next", take), error);
      key.focus();
    };
    show();
    return holder;
  }
}
