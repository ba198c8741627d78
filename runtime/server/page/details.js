// All details of one instance, one plug-in, or the context.

import { h, button, name } from "./shared/dom.js";
import { counted, cut, duration, label, moment } from "./shared/format.js";
import { stateBox, STATES } from "./shared/icons.js";
import { AttributeFields } from "./attribute-fields.js";
import { FIXED, ofInstance, ofPlugins } from "./attributes.js";
import { DataEditor } from "./data-editor.js";
import { keepFocus } from "./focus.js";
import { applies, familiesOf, leftOut, matches, STAGE_NAMES, stageOf } from "./rules.js";
import { actionButtons } from "./action-buttons.js";
import { copyable } from "./shared/copy.js";
import { shortMarkdown } from "./shared/markdown.js";
import { fileOf } from "./picture.js";
import { recordList } from "./shared/record-list.js";
import { selectButton } from "./select-button.js";

/** How many results and members are shown at a time. */
const RESULTS = 100;
const MEMBERS = 200;

/** Milliseconds in which a click ends that has left a field: its button must stay until then. */
const SETTLE = 300;

/** What is shown as a picture. */
const PICTURE = new Set(["screenshot"]);

/** The names of the browser's own machine. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

class Details extends HTMLElement {
  #kind = null;
  #id = null;
  #timer = null;
  /** Whether something has changed that is not shown, because the user was typing. */
  #missed = false;
  /** The state that the buttons depended on when they were drawn. */
  #state = "";

  setup(store, commands, select) {
    Object.assign(this, { store, commands, select });
    const ended = () => setTimeout(() => this.#catchUp(), SETTLE);
    this.editor = new DataEditor(commands, ended);
    this.fields = new AttributeFields(commands, ended);
    this.results = h("div", { class: "results" });
    document.addEventListener("paste", (event) => this.paste(event));
    for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, (event) => this.drag(event));
    this.draw();
  }

  /** Shows this: `instance`, `plugin` or `context`. */
  show(kind, id) {
    [this.#kind, this.#id] = [kind, id];
    this.editor.stop();
    this.fields.stop();
    this.results.replaceChildren();
    this.draw();
    this.#fetch();
    this.scrollTop = 0;
  }

  get shown() {
    return { kind: this.#kind, id: this.#id };
  }

  update(dirty) {
    // The settings of a plug-in are in the data of the context.
    const isInContext = this.#kind === "context" || this.#kind === "plugin";
    const touched = dirty.all || (isInContext && dirty.context) || (this.#kind && this.#kind !== "context" && (dirty.structure || dirty[this.#kind].has(this.#id)));
    const state = `${this.store.busy} ${this.store.down}`;
    if (!touched && (!this.#kind || state === this.#state)) return;
    this.#state = state;
    if (touched) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#fetch(), 300);
    }
    // Keep the text that the user is typing.
    this.#missed = this.editor.busy || this.fields.busy;
    if (!this.#missed) this.draw();
  }

  /** Shows what has changed while the user was typing. */
  #catchUp() {
    if (!this.#missed || this.editor.busy || this.fields.busy) return;
    this.#missed = false;
    this.draw();
  }

  draw() {
    const parts = { instance: () => this.#instance(), plugin: () => this.#plugin(), context: () => this.#context() }[this.#kind]?.();
    const shown = parts ?? [h("p", { class: "muted empty" }, "Choose an instance or a plug-in to see its details.")];
    keepFocus(this, () => this.replaceChildren(...shown.flat().filter(Boolean)));
  }

  #gone(what) {
    return [h("p", { class: "muted empty" }, `This ${what} no longer exists.`)];
  }

  #instance() {
    const { store } = this;
    const instance = store.instances.get(this.#id);
    if (!instance) return this.#gone("instance");
    const out = leftOut(instance);
    const families = familiesOf(instance.data);
    const plugins = store.plugins.filter((plugin) => plugin.processes.instance && matches(plugin, families));
    const fields = ofInstance(store, instance);
    const actions = plugins.flatMap((plugin) => actionButtons(plugin, store, this.commands, () => [instance.id], store.marks.offering(plugin.id, instance.id)));
    return [
      heading(store.states.instance(instance.id), instance.name, families.join(", ")),
      h("div", { class: "buttons" }, button(out ? "Take part again" : "Leave out", () => this.commands.take([instance], out), { disabled: store.down }), selectButton([instance.id], store, this.commands), actions),
      this.#stages(instance.id),
      this.#pictureSection(instance),
      typeof instance.data.publishPath === "string" && this.#published(instance),
      this.fields.sections(fields, instance.data, instance.id, !store.down),
      section(`Data`, this.editor.table(instance.data, instance.id, !store.down, { fixed: FIXED, fields, hidden: PICTURE })),
      instance.members.length > 0 && section(`Members (${instance.members.length})`,
        h("ul", { class: "plain" }, instance.members.slice(0, MEMBERS).map((member) => h("li", {}, name(cut(member, 1000)))),
          instance.members.length > MEMBERS && h("li", { class: "muted" }, `and ${counted(instance.members.length - MEMBERS, "more", "more")}`))),
      section("Results", this.results),
      section(`Plug-ins (${plugins.length})`, this.#links(plugins.map((plugin) => ["plugin", plugin.id, store.states.plugin(plugin.id), label(plugin)]))),
    ];
  }

  /** How far it is, stage by stage. */
  #stages(id) {
    const stages = this.store.states.stages(id);
    return stages.length > 0 && h("ul", { class: "plain stage-list", "aria-label": "Stages" },
      stages.map(({ stage, state }) => h("li", {}, h("span", { "aria-hidden": "true" }, stateBox(state)), `${STAGE_NAMES[stage]}: ${STATES[state].word}`)));
  }

  /** Which version it became, where that is, and buttons that copy the path and open the folder. */
  #published({ id, data: { publishPath, version, unchanged } }) {
    const copied = h("span", { class: "muted", role: "status" });
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(publishPath);
        copied.textContent = "Copied";
      } catch {
        copied.textContent = "The browser does not allow that: select the path and copy it.";
      }
    };
    const title = typeof version === "number" ? `Version ${version}${unchanged === true ? ", unchanged" : ""}` : "Published";
    const buttons = [
      button("Copy the path", copy),
      // The folder opens on the runtime's machine, so only where the browser is on the same one.
      LOOPBACK.test(location.hostname) && button("Open the folder", () => this.commands.openFolder(id)),
      copied,
    ];
    return section(title, h("p", {}, name(cut(publishPath, 4000))), h("div", { class: "buttons" }, buttons.filter(Boolean)));
  }

  /** The thumbnail, and how to give the instance another. */
  #pictureSection(instance) {
    const { id, data } = instance;
    const { down } = this.store;
    const isGiven = typeof data.screenshot === "string";
    const chooser = h("input", { type: "file", accept: "image/png,image/jpeg,image/webp,image/gif", class: "unseen", tabindex: "-1", "aria-hidden": "true", onchange: () => this.#give(id, chooser.files[0] ?? null) });
    const zone = h("div", { class: "buttons drop" },
      button(isGiven || typeof data.thumbnail === "string" ? "Another picture …" : "Give it a picture …", () => chooser.click(), { class: "quiet", disabled: down }),
      isGiven && button("Take the picture away", () => this.#give(id, null, true), { class: "quiet", disabled: down }),
      h("span", { class: "muted" }, "Or paste or drop a screenshot."), chooser);
    return h("section", { class: "picture" }, (isGiven || typeof data.thumbnail === "string") && this.#picture(instance), zone);
  }

  /** A file is dragged over the page: only the details of an instance take it. */
  drag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    // Otherwise the browser would leave the page and show the file.
    event.preventDefault();
    const isTaken = this.#kind === "instance" && !this.store.down && this.contains(event.target);
    event.dataTransfer.dropEffect = isTaken ? "copy" : "none";
    this.classList.toggle("over", isTaken && event.type === "dragover");
    if (isTaken && event.type === "drop") this.#give(this.#id, fileOf(event.dataTransfer));
  }

  /** Gives the instance the picture in a file. */
  #give(id, file, isTaken = false) {
    if (this.store.down || (file === null && !isTaken)) return;
    this.commands.replaceThumbnail(id, file);
  }

  /** A picture was pasted anywhere in the page, while the details of an instance are shown. */
  paste(event) {
    const isTyping = event.target.closest?.("input:not([type=checkbox]), textarea");
    const file = fileOf(event.clipboardData);
    if (isTyping || !file || this.#kind !== "instance" || !this.checkVisibility()) return;
    event.preventDefault();
    this.#give(this.#id, file);
  }

  /** The thumbnail; a message if it cannot be loaded. */
  #picture(instance) {
    const { screenshot = "", thumbnail = "", publishPath = "" } = instance.data;
    const version = `${screenshot.length} ${screenshot.slice(-40)} ${`${thumbnail}${publishPath}`.slice(-60)}`;
    const address = `${this.store.api.thumbnailAddress(instance.id)}?v=${encodeURIComponent(version)}`;
    if (this.picture?.dataset.address !== address) {
      this.picture = h("img", { class: "thumbnail", alt: `The thumbnail of ${cut(instance.name, 100)}`, src: address, "data-address": address });
      const { picture } = this;
      picture.addEventListener("error", () => this.#withoutPicture(picture, instance.id));
    }
    return this.picture;
  }

  /** Says why a thumbnail is not shown, in its place. */
  async #withoutPicture(picture, id) {
    const words = h("p", { class: "muted", role: "status" }, "The thumbnail cannot be shown.");
    picture.replaceWith(words);
    words.dataset.address = picture.dataset.address;
    if (this.picture === picture) this.picture = words;
    try {
      await this.store.api.thumbnail(id);
    } catch (problem) {
      words.textContent = `The thumbnail cannot be shown: ${problem.message}`;
    }
  }

  #plugin() {
    const { store } = this;
    const plugin = store.plugin(this.#id);
    if (!plugin) return this.#gone("plug-in");
    const marks = store.marks.of(plugin.id);
    const doc = plugin.doc?.trim();
    const actions = actionButtons(plugin, store, this.commands);
    const failed = [...marks.failed].filter(Boolean).map((id) => ["instance", id, "failed", store.instances.get(id)?.name ?? id]);
    const settings = ofPlugins([plugin]);
    const fits = applies(plugin, store.states.plan.familySets);
    return [
      heading(store.states.plugin(plugin.id), label(plugin), STAGE_NAMES[stageOf(plugin)]),
      doc && shortMarkdown(doc, 5000, { class: "doc" }),
      !fits && h("p", { class: "muted" }, "It does not apply to any instance."),
      h("div", { class: "buttons" },
        plugin.optional && button(plugin.active ? "Leave out" : "Use it again", () => this.commands.takePlugins([plugin], !plugin.active), { disabled: store.down }),
        actions),
      this.fields.sections(settings.map((entry) => ({ ...entry, group: entry.attribute.group || "Settings" })), store.context, null, !store.down),
      section("Properties", facts([
        ["Name", plugin.name], ["Version", plugin.version.join(".")], ["Order", String(plugin.order)],
        ["Families", plugin.families.includes("*") ? "all" : `${plugin.families.join(", ")}${plugin.match === "intersection" ? "" : ` (${plugin.match})`}`],
        ["Works on", [plugin.processes.context && "the context", plugin.processes.instance && "each instance"].filter(Boolean).join(" and ") || "nothing"],
        ["Can repair", plugin.repairs.context || plugin.repairs.instance ? "yes" : "no"],
        ["Optional", plugin.optional ? "yes" : "no"], ["Category", plugin.category], ["File", plugin.file],
        ["Took", marks.done ? `${duration(marks.duration)} in ${counted(marks.done, "step")}, ${duration(marks.duration / marks.done)} each` : "not run yet"],
      ])),
      failed.length > 0 && section(`Failed on (${failed.length})`, this.#links(failed)),
      section("Results", this.results),
    ];
  }

  #context() {
    const { store } = this;
    const fields = ofPlugins(store.plugins);
    return [
      heading(store.states.context(), "Context", "shared by all instances"),
      this.fields.sections(fields, store.context, null, !store.down),
      section("Data", this.editor.table(store.context, null, !store.down, { fields })),
    ];
  }

  #links(links) {
    const most = 100;
    return h("ul", { class: "plain" }, links.slice(0, most).map(([kind, id, state, text]) => h("li", {},
      h("button", { type: "button", class: "link", onclick: () => this.select(kind, id) }, stateBox(state), name(cut(text, 300))))),
      links.length > most && h("li", { class: "muted" }, `and ${counted(links.length - most, "more", "more")}`));
  }

  /** Loads the results, with all records, from the runtime. */
  async #fetch() {
    const [kind, id] = [this.#kind, this.#id];
    if (kind !== "instance" && kind !== "plugin") return;
    try {
      const { items, total } = await this.store.api.results({ [`${kind}Id`]: id, newestFirst: true, limit: RESULTS });
      if (kind !== this.#kind || id !== this.#id) return;
      const rows = items.map((result) => this.#result(result));
      if (total > items.length) rows.push(h("p", { class: "muted" }, `The latest ${items.length} of ${total}; the report of the run has all of them.`));
      this.results.replaceChildren(...(rows.length ? rows : [h("p", { class: "muted" }, "No results yet.")]));
    } catch (problem) {
      this.results.replaceChildren(h("p", { class: "muted" }, problem.message));
    }
  }

  #result(result) {
    const plugin = this.store.plugin(result.pluginId);
    const mode = result.mode === "process" ? "" : result.mode === "repair" ? " (repair)" : ` (${cut(result.mode.action, 80)})`;
    const what = this.#kind === "instance" ? (plugin ? label(plugin) : result.plugin) : result.instance ?? "Context";
    const warns = result.records.some((record) => record.level >= 30);
    const line = [stateBox(result.success ? (warns ? "warned" : "succeeded") : "failed"), name(cut(what, 300)), mode,
      h("span", { class: "muted when" }, `${moment(result.started)}, ${duration(result.duration)}`)];
    if (!result.error && !result.records.length) return h("div", { class: "result" }, line);
    return h("details", { class: "result" }, h("summary", {}, line),
      result.error && shortMarkdown(result.error.message, 4000, { class: "message" }),
      result.error?.traceback && copyable(cut(result.error.traceback, 20_000), "Copy traceback"),
      result.records.length > 0 && recordList(result.records));
  }
}

function heading(state, title, note) {
  return h("header", { class: "title" }, stateBox(state), h("h2", {}, name(cut(title, 500))), note && name(cut(note, 300), { class: "muted" }));
}

function section(title, ...children) {
  return h("section", {}, h("h3", {}, title), ...children);
}

function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", {}, known.map(([term, value]) => [h("dt", {}, term), h("dd", { dir: "auto" }, cut(value, 2000))]));
}

customElements.define("pyblish-details", Details);
