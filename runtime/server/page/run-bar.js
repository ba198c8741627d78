// The buttons, the comment, and the progress of the run.

import { h, button, mark, put } from "./shared/dom.js";
import { clock, cut, label as labelOf } from "./shared/format.js";
import { icon } from "./shared/icons.js";
import { handOverButtons } from "./hand-over.js";
import { isWhole } from "./plan.js";
import { leftWords, Progress } from "./progress.js";
import { outcome } from "./outcome.js";
import { draft } from "./shared/storage.js";
import { STAGE_NAMES } from "./rules.js";

class RunBar extends HTMLElement {
  #progress = new Progress();
  #stopped = null;
  #timer = null;
  #waits = false;
  /** Whether a publish is being handed over. */
  #handing = false;
  /** The last run that is known to have ended. */
  #said = null;

  /** `handed(job)` is told of a job that was handed over here. */
  setup(store, commands, handed) {
    Object.assign(this, { store, commands, handed });
    const act = (work) => async () => {
      if (this.#waits) return;
      this.#waits = true;
      this.draw();
      await work();
      this.#waits = false;
      this.draw();
    };
    this.bar = h("div", { class: "fill" });
    this.track = h("div", { class: "progress", role: "progressbar", "aria-label": "Progress of the run", "aria-valuemin": "0", "aria-valuemax": "100" }, this.bar);
    this.what = h("bdi", { class: "what" });
    this.left = h("span", { class: "left" });
    this.elapsed = h("span", { class: "elapsed", role: "timer", "aria-label": "Elapsed time" });
    this.comment = h("input", { type: "text", placeholder: "Comment", "aria-label": "Comment for what you publish", maxlength: "4000", autocomplete: "off", value: draft.read(this.#draft), oninput: () => draft.write(this.#draft, this.comment.value) });
    this.reset = button("Reset", act(() => commands.reset()), keyed("R"), icon("refresh"));
    this.validate = button("Validate", act(() => commands.validate()), keyed("V"), icon("check"));
    this.publish = button("Publish", act(() => commands.publish(this.comment.value.trim())), { class: "primary", ...keyed("P") }, icon("upload"));
    this.goOn = button("Continue", act(() => commands.goOn()), { ...keyed("C", "Does the remaining work of the last run"), hidden: true }, icon("play"));
    // Stop works at once, even while a command waits.
    this.stop = button("Stop", () => this.#stop(), { class: "danger", ...keyed("S") }, icon("stop"));
    this.hand = handOverButtons((place) => act(() => this.#handOver(place))());
    this.said = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
    this.append(
      h("div", { class: "now" }, this.what, this.left, this.elapsed), this.track,
      h("div", { class: "actions" }, this.comment, h("div", { class: "big" }, this.reset, this.validate, this.goOn, this.publish, this.stop), this.hand),
      this.said,
    );
    this.draw();
  }

  /** Under what this tab keeps the comment. */
  get #draft() {
    return `comment-${this.store.id}`;
  }

  update(dirty) {
    if (dirty.all || dirty.session || dirty.problems) this.draw();
  }

  /** Presses the button of this name, if it can be pressed. */
  press(button) {
    if (!this[button].hidden && !this[button].disabled) this[button].click();
  }

  /** What Stop stops: a run, or what a plug-in does outside of one; null if nothing is under way. */
  get #work() {
    const { run, running, working } = this.store;
    if (running) return run.id;
    return working && this.store.busy ? `${working.pluginId} ${working.instanceId}` : null;
  }

  /** Hands a publish over. The comment goes with it. */
  async #handOver(place) {
    this.#handing = true;
    const job = await this.commands.handOver(place, this.comment.value.trim());
    this.#handing = false;
    if (!job) return;
    this.#clearComment();
    this.handed(job);
  }

  #clearComment() {
    this.comment.value = "";
    draft.write(this.#draft, "");
  }

  #stop() {
    const work = this.#work;
    const force = this.#stopped === work;
    this.#stopped = work;
    this.draw();
    this.commands.stop(force);
  }

  draw() {
    const { store } = this;
    const { session, run, running } = store;
    const work = this.#work;
    if (work === null) this.#stopped = null;
    const off = !session || store.connection !== "open" || store.busy || this.#waits;
    for (const [element, is] of [[this.reset, off], [this.validate, off || store.down], [this.publish, off || store.down], [this.goOn, off || store.down], [this.stop, work === null || store.connection !== "open"]]) {
      if (element.disabled !== is) element.disabled = is;
    }
    this.hand.show(session?.jobPlaces ?? [], off || store.down);
    this.goOn.hidden = running || !session?.continuableRunId;
    const stopping = work !== null && this.#stopped === work;
    put(this.stop.querySelector("span"), stopping ? "Stop by force" : "Stop");
    mark(this.stop, "title", stopping ? "The plug-in was asked to stop, and has ten seconds. Stopping by force also ends the host's adapter." : "(Alt+S)");
    const { fraction, left } = this.#fraction();
    this.percent = Math.round(fraction * 100);
    put(this.left, left === null || stopping ? "" : leftWords(left));
    this.bar.style.transform = `scaleX(${fraction})`;
    mark(this.bar, "data-state", running ? "running" : outcome(store).state);
    mark(this.track, "aria-valuenow", Math.round(fraction * 100));
    mark(this.track, "aria-valuetext", `${Math.round(fraction * 100)} percent`);
    mark(this, "data-run", run?.id);
    mark(this, "data-state", run?.state);
    this.#words(stopping);
    this.#ended(run, running);
    if (running && !this.#timer) this.#timer = setInterval(() => this.draw(), 250);
    if (!running && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }

  /** The finished share of the run, and the milliseconds left if they are known. */
  #fraction() {
    const { run, running } = this.store;
    if (running) return this.#progress.of(this.store);
    if (!run) return { fraction: 0, left: null };
    return { fraction: run.state === "succeeded" ? 1 : Math.min(0.99, run.progress), left: null };
  }

  #words(stopping) {
    const { store } = this;
    const { session, run, running, working } = store;
    let words = "";
    if (store.connection === "lost") words = "No connection";
    else if (stopping) words = "Stopping …";
    else if (running && working) {
      const plugin = store.plugin(working.pluginId);
      const what = working.instance ? ` on ${working.instance}` : "";
      const message = working.message ?? "";
      const inside = working.fraction === undefined ? "" : `, ${Math.round(working.fraction * 100)} %`;
      words = `${plugin ? labelOf(plugin) : working.plugin}${what}${inside}${message ? `: ${message}` : ""}`;
    } else if (running) words = `${STAGE_NAMES[run.stage] ?? "Starting"} …`;
    else if (this.#handing) words = "Handing over …";
    else if (session?.state === "busy") words = `${session.doing ?? "The host is busy"} …`;
    else words = outcome(store).title;
    put(this.what, cut(words, 300));
    const end = run?.ended ?? Date.now() / 1000;
    put(this.elapsed, run ? clock(end - run.started) : "");
  }

  /**
   * Tells screen readers how a run ended, unless it ended before the page was opened. What was told
   * follows what is shown: a repair may have solved the problem, and a new run makes it void.
   */
  #ended(run, running) {
    if (!this.store.session) return;
    if (running) return put(this.said, "");
    const id = run?.id ?? "";
    const isNew = this.#said !== null && this.#said !== id;
    this.#said = id;
    if (!isNew && !this.said.textContent) return;
    const { title, text } = outcome(this.store);
    put(this.said, `${title}. ${text}`);
    if (isNew && run?.state === "succeeded" && isWhole(run)) {
      this.#clearComment();
    }
  }
}

/** The attributes of a button with a shortcut. */
function keyed(letter, words = "") {
  return { title: `${words}${words && " "}(Alt+${letter})`, "aria-keyshortcuts": `Alt+${letter}` };
}

customElements.define("pyblish-run-bar", RunBar);
