// Errors of commands. Each is shown until the user closes it, so that nobody misses one.

import { h, button } from "./dom.js";
import { cut } from "./format.js";

const MOST = 4;

class Notices extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "alert");
  }

  say(title, text) {
    const notice = h("div", { class: "notice" }, h("strong", { dir: "auto" }, cut(title, 300)), text ? h("p", { dir: "auto" }, cut(text, 2000)) : null,
      button("Close", () => notice.remove(), { class: "quiet" }));
    this.append(notice);
    if (this.children.length > MOST) this.firstElementChild.remove();
  }
}

customElements.define("pyblish-notices", Notices);
