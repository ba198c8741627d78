// The jobs of the session: what was handed over to the farm, or to the background.

import { h, put } from "./shared/dom.js";
import { counted, cut } from "./shared/format.js";
import { hasEnded } from "./job-feed.js";
import { JobElement } from "./job-element.js";
import { placeOf, wordsOf } from "./job-words.js";

class Jobs extends HTMLElement {
  #elements = new Map();

  setup(store, commands) {
    Object.assign(this, { store, commands });
    this.said = h("p", { class: "muted empty" });
    this.list = h("ul", { class: "runs" });
    this.status = h("p", { class: "unseen", role: "status" });
    this.append(h("h2", { class: "unseen" }, "Jobs"), this.status, this.said, this.list);
    this.draw();
  }

  update(dirty) {
    if (dirty.all || dirty.jobs) this.draw();
  }

  /** Opens a job that was just handed over. */
  show(id) {
    this.store.jobs.open = id;
    const known = this.#elements.get(id);
    if (known) known.element.open = true;
    this.store.jobs.read();
  }

  draw() {
    const { jobs, problem, total } = this.store.jobs;
    this.said.hidden = Boolean(jobs?.length) && !problem;
    put(this.said, problem ? `The jobs cannot be read now: ${problem.message}` : jobs ? "Nothing was handed over yet. Press On the farm to have a worker publish while you go on." : "Reading …");
    const { feed, chosen } = { feed: this.store.jobs, chosen: (id, isOpen) => this.#chosen(id, isOpen) };
    const items = (jobs ?? []).map((job) => {
      const known = this.#elements.get(job.id);
      if (known) known.update(job);
      else this.#elements.set(job.id, new JobElement(job, { commands: this.commands, feed, chosen, isOpen: job.id === feed.open }));
      return this.#elements.get(job.id).item ??= h("li", {}, this.#elements.get(job.id).element);
    });
    if (jobs && total > jobs.length) items.push((this.more ??= h("li", { class: "muted" })));
    if (this.more) put(this.more, `and ${counted(total - (jobs?.length ?? 0), "older job")}: pyblish-endpoint hub jobs list`);
    if (items.length !== this.list.children.length || items.some((item, index) => this.list.children[index] !== item)) this.list.replaceChildren(...items);
    const [latest] = jobs ?? [];
    if (latest && hasEnded(latest)) put(this.status, `${cut(latest.name, 100)} ${wordsOf(latest)} ${placeOf(latest)}.`);
    else if (latest) put(this.status, "");
  }

  #chosen(id, isOpen) {
    const feed = this.store.jobs;
    if (isOpen) {
      feed.open = id;
      for (const [other, { element }] of this.#elements) if (other !== id && element.open) element.open = false;
      feed.read();
    } else if (feed.open === id) feed.open = null;
  }
}

customElements.define("pyblish-jobs", Jobs);
