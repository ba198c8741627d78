// Who has access, and who did what about it. Only admins see it.

import { h, button, name, put } from "./shared/dom.js";
import { cut, moment } from "./shared/format.js";
import * as api from "./api.js";
import { nothing, table } from "./table.js";

class Access extends HTMLElement {
  #reading = 0;

  setup() {
    this.said = h("p", { class: "muted", role: "status" });
    this.tokens = h("div", {});
    this.audit = h("div", {});
    this.append(this.said, h("section", {}, h("h2", {}, "Tokens"), h("p", { class: "muted" }, "They are made and removed with ", h("code", {}, "pyblish-endpoint hub tokens"), "."), this.tokens),
      h("section", {}, h("h2", {}, "Who did what"), this.audit));
  }

  feed = null;

  async show() {
    const reading = ++this.#reading;
    try {
      const [tokens, audit] = await Promise.all([api.tokens(), api.audit({ limit: 100 })]);
      if (reading !== this.#reading) return;
      put(this.said, "");
      this.tokens.replaceChildren(table("Tokens", [
        { label: "Name", cell: (token) => name(cut(token.name, 200)) },
        { label: "Role", cell: (token) => token.role },
        { label: "Number", isNumber: true, cell: (token) => String(token.id) },
        { label: "Made", cell: (token) => moment(token.added) },
        { label: "Removed", cell: (token) => (token.removed === null ? "" : moment(token.removed)) },
      ], tokens.items.reverse()));
      this.#drawAudit(audit.items, audit.next);
    } catch (problem) {
      if (reading !== this.#reading) return;
      put(this.said, `${problem.title}: ${problem.message}`);
      this.tokens.replaceChildren();
      this.audit.replaceChildren();
    }
  }

  #drawAudit(items, next) {
    this.audit.replaceChildren(items.length ? table("Who did what", [
      { label: "When", cell: (deed) => moment(deed.at) },
      { label: "Who", cell: (deed) => name(cut(deed.who, 200)) },
      { label: "What", cell: (deed) => name(cut(deed.what, 500)) },
    ], items) : nothing("Nobody did anything yet."),
    next ? button("Earlier", async () => {
      const page = await api.audit({ limit: 100, after: next });
      this.#drawAudit([...items, ...page.items], page.next);
    }) : "");
  }

  refresh() {}

  told() {}
}

customElements.define("hub-access", Access);
