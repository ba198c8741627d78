// What went wrong with a command, said once, until it is closed. Nothing vanishes before it is read.

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
