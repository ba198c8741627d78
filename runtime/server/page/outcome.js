// Where the session is, in a few words, and what to do next. It never says more than is true:
// nothing is fine above a warning, and nothing was published where no plug-in wrote anything.

import { counted, wasStopped } from "./shared/format.js";
import { leftOut } from "./rules.js";
import { stagesOf, writes } from "./plan.js";
import { hostLabel } from "./session-name.js";

/** The runs that try to publish. */
const isPublish = (run) => stagesOf(run).includes("integrate");

/** The state, a title, and a text. */
export function outcome(store) {
  const { session, run, broken } = store;
  if (!session) return { state: "idle", title: "Opening the session …", text: store.problem?.message ?? "" };
  if (store.down) return gone(store);
  const bad = store.toSolve;
  if (store.running && store.connection === "lost") return { state: "idle", title: "It is not known how far the run is", text: "This is how far it had come when the connection was lost." };
  if (store.running) return { state: "working", title: bad ? `${counted(bad, "problem")} so far` : "No problems so far", text: "" };
  if (run?.state === "cancelled") return { state: "out", title: "Stopped", text: `${bad ? `${counted(bad, "problem")} so far. ` : ""}Press ${session.continuableRunId ? "Continue to finish the run, or Publish to start a new one" : "Publish to start again"}.` };
  const cut = interruptedRun(store);
  if (cut) return interrupted(session, cut);
  if (broken.length) return withBroken(store);
  if (bad) return { state: "failed", title: `${counted(bad, "problem")} to solve`, text: nextFor(store) };
  if (!store.collected) return { state: "idle", title: "Nothing was collected yet", text: "Press Reset to see what there is to publish, or Publish to publish all of it." };
  if (!store.instances.size) return { state: "warned", title: "There is nothing to publish", text: "No instances were found. Create something to publish, then press Reset." };
  if (run?.state === "stopped" && !run.failed) return { state: "failed", title: "The run was stopped", text: `${sentence(run.reason)} Then press Publish.`.trim() };
  if (run && ["stopped", "failed"].includes(run.state)) return { state: "idle", title: "All problems are repaired or left out", text: "Press Publish." };
  if (run?.state === "succeeded" && isPublish(run)) return published(store);
  const warnings = store.cards.warned.length;
  if (run?.state === "succeeded" && (run.only ?? run.until) === "validate") {
    return warnings ? { state: "warned", title: `Checked, with ${counted(warnings, "warning")}`, text: "Look at it below. Then press Publish." }
      : { state: "succeeded", title: "Everything is fine", text: "Press Publish." };
  }
  const before = isCut(store.past[0]) ? " The last run was interrupted and cannot be continued." : "";
  const found = `${counted(store.instances.size, "instance")} found.${before}`;
  return warnings ? { state: "warned", title: `Ready, with ${counted(warnings, "warning")}`, text: `${found} Look at the warnings below. Then press Publish, or Validate to only check.` }
    : { state: "idle", title: "Ready", text: `${found} Press Publish, or Validate to only check.` };
}

const sentence = (text) => (text ? `${text.replace(/\.$/, "")}.` : "");

/** The host or its adapter is gone: what happened, and what to do in the host. */
function gone({ session, connection }) {
  const host = hostLabel(session);
  if (wasStopped(session)) {
    const lives = session.host?.bridge ? `${host} itself goes on, and may still be finishing what it did. Press Reset when it is done.` : "Press Reset to start it again.";
    return { state: "out", title: "Stopped by force", text: lives };
  }
  const searching = session.failure?.searching;
  // The program that serves the page may end together with the host.
  if (searching && connection === "lost") return { state: "failed", title: `${host} was closed`, text: `Open it again, and choose Publish in its menu: that opens a new page.` };
  const text = searching ? "If it was closed, open it again: this page then goes on by itself. If it is still open, press Reset." : "Press Reset to start it again.";
  return { state: "failed", title: `${host} is gone`, text: `${sentence(session.doing)} ${text}`.trim() };
}

const isCut = (run) => ["lost", "interrupted"].includes(run?.state);

/** The run that was interrupted last: of this server, or of the one before it. */
function interruptedRun({ session, run, past }) {
  if (run) return isCut(run) ? run : null;
  if (session.continuableRunId) return past.find(({ id }) => id === session.continuableRunId) ?? { reason: null };
  return isCut(past[0]) ? past[0] : null;
}

function interrupted(session, run) {
  const text = session.continuableRunId ? "Press Continue to finish it, or Publish to start a new one." : "Press Publish to try again.";
  return { state: "failed", title: "The last run was interrupted", text: `${sentence(run.reason)} ${text}`.trim() };
}

/** What to do about the problems, in the words of the buttons that their cards have. */
function nextFor(store) {
  const plugins = store.cards.failed.map((card) => store.plugin(card.pluginId)).filter(Boolean);
  const repairs = plugins.some((plugin) => plugin.repairs.instance || plugin.repairs.context);
  return repairs ? "Press Repair where it is offered, mend the rest in the host or leave it out; then press Publish."
    : "Mend each in the host and press Reset, or leave it out; then press Publish.";
}

/** A check that could not be loaded may be the one that would have failed. */
function withBroken(store) {
  const files = counted(store.broken.length, "plug-in file");
  const { run } = store;
  if (store.cards.failed.length) return { state: "failed", title: `${counted(store.toSolve, "problem")} to solve`, text: `${files} could not be used: its plug-ins did not run. ${nextFor(store)}` };
  const isDone = run?.state === "succeeded" && isPublish(run) && shares(store).written > 0;
  return { state: "failed", title: `${isDone ? "Published, but " : ""}${files} could not be used`, text: "Its plug-ins do not run, and what they check is not checked. Have the file mended, then press Reset." };
}

/** How many instances were published, and how many were not, and why. */
function shares(store) {
  const all = [...store.instances.values()];
  const inside = all.filter((instance) => !leftOut(instance));
  const isFor = (instance) => store.states.plan.of(instance).isPublished;
  const unchanged = inside.filter((instance) => instance.data.unchanged === true).length;
  const forNone = inside.filter((instance) => !isFor(instance)).length;
  return {
    all: all.length, inside: inside.length, unchanged, forNone,
    out: all.length - inside.length + (Number(store.context?.leftOutCount) || 0),
    written: inside.length - unchanged - forNone,
  };
}

/** A run that was to publish, and succeeded. */
function published(store) {
  const { all, inside, unchanged, forNone, out, written } = shares(store);
  if (!inside) return { state: "warned", title: "Nothing was published", text: `${all === 1 ? "The only instance is" : `All ${counted(all, "instance")} are`} left out. Tick what you want to publish, then press Publish.` };
  if (forNone === inside) {
    const has = store.plugins.some((plugin) => plugin.active && writes(plugin));
    const reason = has ? `No plug-in extracts or integrates ${inside === 1 ? "the instance" : `the ${counted(inside, "instance")}`} that ${inside === 1 ? "was" : "were"} found: no family fits.` : "There is no plug-in that extracts or integrates.";
    return { state: "warned", title: "Nothing was published", text: `${reason} Look at the families in the details of an instance.` };
  }
  if (!written) return { state: "succeeded", title: "Nothing new to publish", text: `${counted(unchanged, "instance")} unchanged since the last version.` };
  const cards = store.cards.warned.length;
  const warned = new Set(store.warned.map((result) => result.instanceId).filter(Boolean)).size;
  const rest = [[unchanged, "unchanged"], [warned, "with a warning"], [out, "left out"], [forNone, "for which there is no plug-in"]].filter(([number]) => number > 0);
  const text = rest.length || cards ? `${[`${counted(written, "instance")} published`, ...rest.map(([number, what]) => `${number} ${what}`)].join(", ")}.` : `${counted(written, "instance")}. Everything succeeded.`;
  return { state: cards || forNone ? "warned" : "succeeded", title: cards ? `Published, with ${counted(cards, "warning")}` : "Published", text };
}
