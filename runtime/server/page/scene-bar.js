// The scene in the host: whether what was collected is still it, and what work waits for.

import { h, button, put } from "./shared/dom.js";
import { icon } from "./shared/icons.js";

class SceneBar extends HTMLElement {
  setup(store, commands) {
    Object.assign(this, { store, commands });
    this.words = h("p", { role: "status", dir: "auto" });
    this.again = button("Collect again", () => commands.reset(), {}, icon("refresh"));
    this.append(this.words, this.again);
    this.draw();
  }

  update(dirty) {
    if (dirty.all || dirty.session || dirty.problems) this.draw();
  }

  draw() {
    const { store } = this;
    const { stale, outdated, waiting } = store.session?.scene ?? {};
    const old = stale ?? outdated;
    // A screen reader is only told of what appears in an element that is there.
    this.dataset.shown = Boolean(waiting || old);
    put(this.words, waiting ?? (old ? `${old} Collect again before you publish.` : ""));
    this.again.hidden = !old || Boolean(waiting);
    this.again.disabled = store.busy || store.connection !== "open";
  }
}

customElements.define("pyblish-scene", SceneBar);
