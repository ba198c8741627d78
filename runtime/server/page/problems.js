// The problems, and what to do about them: files of plug-ins that could not be used, failures, and
// warnings, each as a card. A card that was solved here stays in its place and says so, until the
// next run or reset.

import { h, button, name, put } from "./shared/dom.js";
import { count, counted, cut } from "./shared/format.js";
import { icon, stateBox } from "./shared/icons.js";
import { cardElement, signature, titleOf } from "./card.js";
import { copyable } from "./shared/copy.js";
import { labelsOf } from "./cards.js";
import { outcome } from "./outcome.js";
import { shortMarkdown } from "./shared/markdown.js";

/** How many cards are shown at first. */
const CARDS = 30;
const MOST_MESSAGE = 4000;

/** How many files of plug-ins that could not be used are shown. */
const BROKEN = 20;

/** How many instances are named in what is said of a button. */
const NAMED = 3;

class Problems extends HTMLElement {
  #shownCards = CARDS;
  #cards = new Map();
  #broken = new WeakMap();
  #least = 0;
  /** What came of the last button of each card, by the card's key. */
  #said = new Map();
  /** The cards that were solved here, by key. */
  #solved = new Map();
  /** The cards of which a button is at work, by key: they stay until it is known what came of it. */
  #held = new Map();
  /** The keys in the order of the last drawing. */
  #order = [];
  /** The run and the reset for which that holds. */
  #since = "";

  /** `select(kind, id)` shows the details of something. */
  setup(store, commands, select) {
    Object.assign(this, { store, commands, select });
    this.outcome = h("div", { class: "outcome", tabindex: "-1" });
    this.goOn = button("Continue", () => commands.goOn(), { class: "primary", hidden: true }, icon("play"));
    this.levels = h("select", { "aria-label": "Show only from this level", onchange: () => { this.#least = Number(this.levels.value); this.draw(); } },
      ...[[0, "Failures and warnings"], [40, "Failures only"], [30, "Warnings only"]].map(([value, text]) => h("option", { value }, text)));
    this.list = h("div", { class: "cards" });
    // What is said of a button stays in one place, because screen readers only notice changes.
    this.status = h("p", { class: "unseen", role: "status" });
    this.acts = { repair: (...all) => this.#repair(...all), leaveOut: (...all) => this.#leaveOut(...all) };
    this.append(h("div", { class: "heading" }, this.outcome, this.goOn, this.levels), this.status, this.list);
    this.draw();
  }

  update(dirty) {
    if (dirty.all || dirty.problems || dirty.structure || dirty.session || dirty.plugin.size) this.#later(dirty);
  }

  /**
   * Cards are few, but made from many failures, so during a run they are updated only a few times a
   * second.
   */
  #later(dirty) {
    if (dirty.all || !this.store.running) {
      clearTimeout(this.timer);
      this.timer = null;
      this.draw();
    } else this.timer ??= setTimeout(() => { this.timer = null; this.draw(); }, 250);
  }

  /** Moves the focus to the next problem, and from the last one to the first. */
  next() {
    const cards = [...this.list.querySelectorAll(".card:not(.solved)")];
    const now = cards.findIndex((card) => card.contains(document.activeElement));
    const heading = cards[(now + 1) % cards.length]?.querySelector("h3") ?? this.outcome;
    heading.focus();
    heading.scrollIntoView({ block: "nearest" });
  }

  draw() {
    const { store } = this;
    this.#forgetOld();
    const cards = store.cards;
    const broken = this.#least === 30 ? [] : store.broken;
    const live = [...(this.#least === 30 ? [] : cards.failed), ...(this.#least === 40 ? [] : cards.warned)];
    this.#drawOutcome();
    this.levels.hidden = !cards.failed.length && !cards.warned.length;
    const all = this.#placed(live);
    this.#order = all.map((card) => card.key);
    const shown = all.slice(0, this.#shownCards);
    const before = this.#cards;
    this.#cards = new Map();
    const elements = shown.map((card) => this.#element(card, before.get(card.key)));
    if (broken.length > BROKEN) elements.unshift(h("p", { class: "muted" }, `and ${counted(broken.length - BROKEN, "more plug-in file")} that could not be used`));
    elements.unshift(...broken.slice(0, BROKEN).map((file) => this.#brokenCard(file)));
    const rest = all.length - shown.length;
    if (rest > 0) elements.push(button(`Show ${counted(rest, "more", "more")}`, () => { this.#shownCards += CARDS; this.draw(); }, { class: "quiet" }));
    this.#replace(elements);
  }

  /** Puts the elements into the list. Those that stay are not moved, and the list does not jump. */
  #replace(elements) {
    const { list } = this;
    if (elements.length === list.children.length && elements.every((element, index) => list.children[index] === element)) return;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const place = focused ? [...list.children].findIndex((element) => element.contains(focused)) : -1;
    const { scrollTop } = this;
    list.replaceChildren(...elements);
    this.scrollTop = scrollTop;
    if (!focused || list.contains(focused) && document.activeElement === focused) return;
    // The card is a new element: go on with the keyboard where it was.
    const card = list.children[Math.min(place, list.children.length - 1)];
    (card?.querySelector("button:not(:disabled), summary") ?? this.outcome).focus({ preventScroll: true });
  }

  #element(card, known) {
    const { store, commands, select, acts } = this;
    const said = this.#said.get(card.key) ?? "";
    const key = card.isSolved ? `solved ${said} ${store.busy} ${store.down}` : signature(card, store, said);
    // An unchanged card is kept, with its open details and the focus.
    if (card.isHeld && known) {
      this.#cards.set(card.key, known);
      return known.element;
    }
    const opened = known?.element.querySelector("details")?.open ?? false;
    const element = known?.key === key ? known.element : card.isSolved ? this.#solvedCard(card, said) : cardElement(card, { store, commands, select, said, acts, opened });
    this.#cards.set(card.key, { key, element });
    return element;
  }

  /** The live cards, with those that were solved here in the places that they had. */
  #placed(live) {
    for (const card of live) this.#solved.delete(card.key);
    const all = [...live];
    const isLive = new Set(live.map((card) => card.key));
    const held = [...this.#held].filter(([key]) => !isLive.has(key)).map(([key, card]) => [key, { ...card, isHeld: true }]);
    for (const [key, card] of [...this.#solved, ...held]) {
      const before = this.#order.slice(0, Math.max(0, this.#order.indexOf(key)));
      const place = all.findLastIndex((other) => before.includes(other.key));
      all.splice(place + 1, 0, card);
    }
    return all;
  }

  /** After a reset or a new run, the cards are about something else. */
  #forgetOld() {
    const { session, run } = this.store;
    const since = `${session?.connected} ${run?.id} ${run?.state === "running"}`;
    if (since === this.#since) return;
    this.#since = since;
    this.#said.clear();
    this.#solved.clear();
  }

  #drawOutcome() {
    const { title, text, state } = outcome(this.store);
    this.goOn.hidden = this.store.running || !this.store.session?.continuableRunId;
    this.goOn.disabled = this.store.busy || this.store.down;
    const key = `${state}|${title}|${text}`;
    if (this.outcome.key === key) return;
    this.outcome.key = key;
    this.outcome.replaceChildren(stateBox(state), h("div", {}, h("h2", {}, title), text && h("p", {}, text)));
  }

  /** A file of plug-ins that could not be used. Its element is kept, like that of other cards. */
  #brokenCard(file) {
    const known = this.#broken.get(file);
    if (known) return known;
    const card = h("article", { class: "card failed broken" },
      h("header", {}, stateBox("crashed"), h("h3", { tabindex: "-1" }, "A plug-in file could not be used")),
      shortMarkdown(file.message, MOST_MESSAGE, { class: "message" }),
      h("p", { class: "muted" }, name(cut(file.file, 1000))),
      h("div", { class: "buttons" }, copyable(`${file.file}\n${file.message}`, "Copy report").firstElementChild),
    );
    this.#broken.set(file, card);
    return card;
  }

  /** A card that was solved here: what it was, what was done, and how to take it back. */
  #solvedCard({ title, state, out }, said) {
    const back = () => this.commands.take(out.map((id) => this.store.instances.get(id)).filter(Boolean), true);
    return h("article", { class: "card solved" },
      h("header", {}, stateBox(state), h("h3", { tabindex: "-1" }, name(cut(title, 300)))),
      h("p", { class: "said-here" }, said),
      out && h("div", { class: "buttons" }, button("Take part again", back, { class: "quiet", disabled: this.store.down })));
  }

  /**
   * Says in the card, and to screen readers, what came of a button. If nothing is left of the card,
   * a card with this state stays in its place.
   */
  #say(card, words, { state, spoken = words, out = null }) {
    this.#said.set(card.key, words);
    this.#solved.set(card.key, { key: card.key, isSolved: true, title: titleOf(card, this.store), state, out });
    put(this.status, spoken);
    this.draw();
  }

  /** Does something for a card, which stays in its place meanwhile. */
  async #hold(card, work) {
    this.#held.set(card.key, card);
    const done = await work();
    this.#held.delete(card.key);
    if (!done) this.draw();
    return done;
  }

  async #repair(card, plugin, targets) {
    const names = this.#names(targets);
    const done = await this.#hold(card, () => this.commands.repair(plugin, targets));
    if (!done) return;
    const { repaired, failed, left, stopped } = done;
    const failure = failed.length ? `The repair of ${names(failed.map(([id]) => id))} failed: ${failed[0][1]}` : "";
    const words = [
      repaired.length && `Repaired ${names(repaired)}.`,
      left.length && `The repair of ${names(left)} did not help: the problem is still there.`,
      stopped.length && `Stopped before ${names(stopped)} ${stopped.length === 1 ? "was" : "were"} repaired.`,
    ].filter(Boolean).join(" ");
    // The card lists the repairs that failed.
    this.#say(card, words, { spoken: `${words} ${failure}`.trim(), state: failed.length || left.length || stopped.length ? "warned" : "succeeded" });
  }

  async #leaveOut(card, instances) {
    const ids = instances.map(({ id }) => id);
    const names = this.#names(ids);
    if (await this.#hold(card, () => this.commands.take(instances, false))) this.#say(card, `Left out ${names(ids)}.`, { state: "out", out: ids });
  }

  /** The names of instances as they are now: a repair may change them. */
  #names(targets) {
    const labels = labelsOf(targets.filter((id) => id !== null).slice(0, 200), this.store);
    return (ids) => {
      const texts = ids.slice(0, NAMED).map((id) => (id === null ? "the context" : cut(labels.get(id)?.name ?? id, 100)));
      return ids.length > NAMED ? `${texts.join(", ")} and ${count(ids.length - NAMED)} more` : texts.join(", ");
    };
  }
}

customElements.define("pyblish-problems", Problems);
