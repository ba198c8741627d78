// The problems, and what to do about them: first the message for the artist and the buttons, then
// the details for the author of the plug-in. Failures with the same cause share one card, even for
// many instances.

import { h, button, name } from "./dom.js";
import { count, counted, cut, label, moment } from "./format.js";
import { icon, stateBox } from "./icons.js";
import { leftOut, offeredActions } from "./rules.js";
import { recordList } from "./records.js";

/** How many cards, and how many instances on a card, are shown at first. */
const CARDS = 30;
const INSTANCES = 12;
const MOST_MESSAGE = 4000;

/** How many files of plug-ins that could not be used are shown. */
const BROKEN = 20;

class Problems extends HTMLElement {
  #shownCards = CARDS;
  #cards = new Map();
  #broken = new WeakMap();
  #least = 0;

  /** `select(kind, id)` shows the details of something. */
  setup(store, commands, select) {
    Object.assign(this, { store, commands, select });
    this.outcome = h("div", { class: "outcome", tabindex: "-1" });
    this.levels = h("select", { "aria-label": "Show only from this level", onchange: () => { this.#least = Number(this.levels.value); this.draw(); } },
      ...[[0, "Failures and warnings"], [40, "Failures only"], [30, "Warnings only"]].map(([value, text]) => h("option", { value }, text)));
    this.list = h("div", { class: "cards" });
    this.append(h("div", { class: "heading" }, this.outcome, this.levels), this.list);
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

  draw() {
    const broken = this.#least === 30 ? [] : this.store.broken;
    const failed = this.#least === 30 ? [] : grouped(this.store.problems, this.store);
    const warned = this.#least === 40 ? [] : grouped(this.store.warned, this.store);
    this.#drawOutcome();
    this.levels.hidden = !this.store.problems.length && !this.store.warned.length;
    const cards = [...failed, ...warned].slice(0, this.#shownCards);
    const before = this.#cards;
    this.#cards = new Map();
    const elements = cards.map((card) => {
      // An unchanged card is kept, with its open details and the focus.
      const known = before.get(card.key);
      const signature = this.#signature(card);
      const element = known?.signature === signature ? known.element : this.#card(card, known?.element);
      this.#cards.set(card.key, { signature, element });
      return element;
    });
    elements.unshift(...broken.slice(0, BROKEN).map((file) => this.#brokenCard(file)));
    if (broken.length > BROKEN) elements.splice(BROKEN, 0, h("p", { class: "muted" }, `and ${counted(broken.length - BROKEN, "more plug-in file")} that could not be used`));
    const rest = failed.length + warned.length - cards.length;
    if (rest > 0) elements.push(button(`Show ${counted(rest, "more")}`, () => { this.#shownCards += CARDS; this.draw(); }, { class: "quiet" }));
    const same = elements.length === this.list.children.length && elements.every((element, index) => this.list.children[index] === element);
    if (same) return;
    const hadFocus = this.list.contains(document.activeElement);
    this.list.replaceChildren(...elements);
    // After a repair with the keyboard, move the focus to the next problem.
    if (hadFocus && !this.list.contains(document.activeElement)) (this.list.querySelector("button:not(:disabled), summary") ?? this.outcome).focus();
  }

  #drawOutcome() {
    const { title, text, state } = outcome(this.store);
    const key = `${state}|${title}|${text}`;
    if (this.outcome.key === key) return;
    this.outcome.key = key;
    this.outcome.replaceChildren(stateBox(state), h("div", {}, h("h2", {}, title), text && h("p", {}, text)));
  }

  /** A file of plug-ins that could not be used. Its element is kept, like that of other cards. */
  #brokenCard(file) {
    const known = this.#broken.get(file);
    if (known) return known;
    const card = h("article", { class: "card failed" },
      h("header", {}, stateBox("failed"), h("h3", {}, "A plug-in file could not be used")),
      h("p", { class: "message", dir: "auto" }, cut(file.message, MOST_MESSAGE)),
      h("p", { class: "muted" }, name(cut(file.file, 1000))),
    );
    this.#broken.set(file, card);
    return card;
  }

  #signature(card) {
    const { store } = this;
    const plugin = store.plugin(card.pluginId);
    const actions = plugin ? offeredActions(plugin, store.marks.offering(plugin.id)).map((action) => action.id) : [];
    return JSON.stringify([card.results.length, card.results.slice(0, 50).map((result) => [result.instanceId, result.started]), store.busy, store.down, actions]);
  }

  #card(card, before) {
    const { store, commands } = this;
    const plugin = store.plugin(card.pluginId);
    const result = first(card);
    const { error } = result;
    const title = error ? error.title || `${plugin ? label(plugin) : result.plugin} failed` : `Warning from ${plugin ? label(plugin) : result.plugin}`;
    const message = error ? error.message : result.records.find((record) => record.level >= 30)?.message ?? "";
    const opened = before?.querySelector("details")?.open ?? false;
    return h("article", { class: `card ${error ? "failed" : "warned"}` },
      h("header", {}, stateBox(error ? "failed" : "warned"), h("h3", {}, name(cut(title, 300)))),
      h("p", { class: "message", dir: "auto" }, cut(message, MOST_MESSAGE)),
      this.#about(card, plugin),
      h("div", { class: "buttons" }, this.#buttons(card, plugin, commands)),
      details(card, opened),
    );
  }

  /** The instances with this problem, and the plug-in that found it. */
  #about(card, plugin) {
    const { store } = this;
    const links = card.results.filter((result) => result.instanceId !== null).map((result) => {
      const instance = store.instances.get(result.instanceId);
      return h("button", { type: "button", class: "chip", onclick: () => this.select("instance", result.instanceId) }, name(cut(instance?.name ?? result.instance ?? "", 200)));
    });
    const shown = links.slice(0, INSTANCES);
    const list = h("div", { class: "about" }, shown);
    if (links.length > INSTANCES) {
      const more = button(`and ${counted(links.length - INSTANCES, "more")}`, () => more.replaceWith(...links.slice(INSTANCES, 200)), { class: "chip quiet" });
      list.append(more);
    }
    if (card.results.some((result) => result.instanceId === null)) list.append(h("button", { type: "button", class: "chip", onclick: () => this.select("context", null) }, "Context"));
    list.append(h("span", { class: "muted" }, "found by ", h("button", { type: "button", class: "link", onclick: () => plugin && this.select("plugin", plugin.id) }, name(cut(plugin ? label(plugin) : first(card).plugin, 200)))));
    return list;
  }

  #buttons(card, plugin, commands) {
    if (!plugin) return [];
    const { store } = this;
    const off = store.busy || store.down;
    const targets = card.results.map((result) => result.instanceId);
    const buttons = [];
    const repairable = targets.filter((id) => (id === null ? plugin.repairs.context : plugin.repairs.instance));
    if (first(card).error && repairable.length) {
      const words = repairable.length > 1 ? `Repair all ${count(repairable.length)}` : "Repair";
      buttons.push(button(words, () => commands.repair(plugin, repairable), { class: "primary", disabled: off }, icon("wrench")));
    }
    const isWhole = first(card).error && coversFailures(targets, store.marks.of(plugin.id).failed);
    buttons.push(...actionButtons(plugin, store, commands, (action) => (isWhole && action.on === "failed" ? [null] : targets)));
    const instances = targets.map((id) => store.instances.get(id)).filter((instance) => instance && !leftOut(instance));
    if (first(card).error && instances.length) {
      const words = instances.length > 1 ? `Leave out all ${count(instances.length)}` : "Leave it out";
      buttons.push(button(words, () => commands.take(instances, false), { class: "quiet", disabled: store.down }, icon("minus")));
    }
    return buttons;
  }
}

const first = (card) => card.results[0];

/**
 * Whether these are all that the plug-in failed on, and more than one. Then an action for failures
 * runs once, without an instance, as in Pyblish: the plug-in knows on what it failed.
 */
function coversFailures(targets, failed) {
  return targets.length > 1 && targets.length === failed.size && targets.every((id) => failed.has(id ?? ""));
}

/**
 * The buttons of a plug-in's actions, in the plug-in's order. `meant(action)` answers the instances
 * that an action is run for; null is the plug-in as a whole. `state` is what the actions depend on.
 */
export function actionButtons(plugin, store, commands, meant = () => [null], state = store.marks.offering(plugin.id)) {
  const off = store.busy || store.down;
  return offeredActions(plugin, state).map((action) => {
    if (action.kind === "separator") return h("span", { class: "separator", role: "separator" });
    if (action.kind === "category") return h("span", { class: "category" }, name(cut(action.label, 100)));
    return button(cut(action.label, 100), () => commands.act(plugin, action, meant(action)), { disabled: off, dir: "auto" }, icon(action.icon ?? "play"));
  });
}

/** Groups failures of the same plug-in with the same message, in the order of the plug-ins. */
function grouped(results, store) {
  const cards = new Map();
  for (const result of results) {
    const words = result.error ? [result.error.title, result.error.message] : [result.records.find((record) => record.level >= 30)?.message];
    // Messages that differ only in the instance's name count as the same.
    const plain = result.instance ? words.map((text) => text?.split(result.instance).join("…")) : words;
    const key = JSON.stringify([result.error ? "failed" : "warned", result.pluginId, result.mode, plain]);
    if (!cards.has(key)) cards.set(key, { key, pluginId: result.pluginId, results: [] });
    cards.get(key).results.push(result);
  }
  const place = new Map(store.plugins.map((plugin, index) => [plugin.id, index]));
  return [...cards.values()].sort((one, other) => (place.get(one.pluginId) ?? 0) - (place.get(other.pluginId) ?? 0));
}

/** The details for the author of the plug-in. */
function details(card, opened) {
  const result = first(card);
  const { error, records } = result;
  const location = error?.location;
  const parts = () => [
    card.results.length > 1 && h("p", { class: "muted" }, `From the first of ${count(card.results.length)}:`),
    error?.detail && h("pre", { dir: "auto", tabindex: "0" }, cut(error.detail, 20_000)),
    location && h("p", {}, "At ", h("code", {}, cut(`${location.file}:${location.line}`, 1000)), location.function && [" in ", h("code", {}, cut(location.function, 300))]),
    error?.traceback && h("pre", { dir: "ltr", tabindex: "0" }, cut(error.traceback, 20_000)),
    h("p", { class: "muted" }, `${error ? `${cut(error.kind, 100)}, ` : ""}${moment(result.started)}`),
    records.length > 0 && recordList(records),
  ];
  const words = records.length ? `Details and ${counted(records.length, "record")}` : "Details";
  const element = h("details", { open: opened }, h("summary", {}, words));
  const fill = () => element.open && element.children.length === 1 && element.append(...parts().filter(Boolean));
  element.addEventListener("toggle", fill);
  fill();
  return element;
}

/** The current state in a few words, and what to do next. */
export function outcome(store) {
  const { session, run } = store;
  const bad = store.problems.length;
  if (!session) return { state: "idle", title: "Opening the session …", text: store.problem?.message ?? "" };
  if (store.down) return { state: "failed", title: session.failure?.searching === false ? "The connection to the host was ended" : "The host is gone", text: `${session.doing ?? ""} Press Reset to start it again.`.trim() };
  if (store.running) return { state: "working", title: bad ? `${counted(bad, "problem")} so far` : "No problems so far", text: "" };
  if (run?.state === "cancelled") return { state: "out", title: "Stopped", text: `${bad ? `${counted(bad, "problem")} so far. ` : ""}Press ${session.continuable ? "Continue to finish the run, or Publish to start a new one" : "Publish to continue"}.` };
  const { broken } = store;
  if (bad) return { state: "failed", title: `${counted(bad, "problem")} to solve`, text: "Repair what can be repaired, or leave it out; then press Publish." };
  if (run && ["lost", "interrupted"].includes(run.state)) return { state: "failed", title: "The last run was interrupted", text: `${run.reason ? `${run.reason.replace(/\.$/, "")}. ` : ""}${session.continuable ? "Press Continue to finish it." : "Press Publish to try again."}` };
  if (!store.collected) return { state: "idle", title: "Nothing was collected yet", text: "Press Reset to see what there is to publish, or Publish to publish all of it." };
  if (!store.instances.size) return { state: "warned", title: "There is nothing to publish", text: "No instances were found. Create something to publish, then press Reset." };
  if (run?.state === "stopped") return { state: "idle", title: "All problems are repaired or left out", text: "Press Publish." };
  const published = run?.state === "succeeded" && (run.until === "publish" || run.until.includes("integrate"));
  if (broken.length) return { state: "failed", title: `${published ? "Published, but " : ""}${counted(broken.length, "plug-in file")} could not be used`, text: "Its plug-ins did not run. Have the file mended, then press Reset." };
  if (published) return { state: store.warned.length ? "warned" : "succeeded", title: "Published", text: publishedText(store) };
  if (run?.state === "succeeded" && run.until.includes("validate")) return { state: "succeeded", title: "Everything is fine", text: "Press Publish." };
  return { state: "idle", title: "Ready", text: `${counted(store.instances.size, "instance")} found. Press Publish, or Validate to only check.` };
}

/** How many instances were published, and what else there is to say of them. */
function publishedText(store) {
  const all = [...store.instances.values()];
  const out = all.filter(leftOut).length + (Number(store.context?.leftOutCount) || 0);
  const old = all.filter((instance) => !leftOut(instance) && instance.data.unchanged === true).length;
  const warned = new Set(store.warned.map((result) => result.instanceId).filter(Boolean)).size;
  const rest = [[old, "unchanged"], [warned, "with a warning"], [out, "left out"]].filter(([count]) => count > 0);
  const published = counted(all.filter((instance) => !leftOut(instance)).length - old, "instance");
  if (!rest.length && !store.warned.length) return `${published}. Everything succeeded.`;
  return `${[`${published} published`, ...rest.map(([count, what]) => `${count} ${what}`)].join(", ")}.`;
}

customElements.define("pyblish-problems", Problems);
