// Pyblish's rules, as far as the page needs them: which instances a plug-in is for, and when an
// action is offered. Only the runtime decides what runs and in which order.

export const STAGES = ["collect", "validate", "extract", "integrate"];

export const STAGE_NAMES = {
  collect: "Collect", validate: "Validate", extract: "Extract", integrate: "Integrate",
};

export const stageOf = (plugin) => plugin.stage;

/** The families in an instance's data; values that are not texts are ignored. */
export function familiesOf(data) {
  const names = [];
  if (typeof data.family === "string" && data.family) names.push(data.family);
  if (Array.isArray(data.families)) names.push(...data.families.filter((name) => typeof name === "string"));
  return names;
}

/** The family under which an instance is shown. */
export function groupOf(data) {
  return familiesOf(data)[0] ?? "without a family";
}

/** Whether a plug-in is for instances with these families. */
export function matches(plugin, families) {
  if (plugin.families.includes("*")) return true;
  const all = () => plugin.families.every((name) => families.includes(name));
  switch (plugin.match) {
    case "subset": return all();
    case "exact": return all() && families.every((name) => plugin.families.includes(name));
    default: return plugin.families.some((name) => families.includes(name));
  }
}

/** Whether a plug-in applies to a context with these sets of families. */
export function applies(plugin, familySets) {
  if (!plugin.targets.includes("default")) return false;
  if (plugin.processes.context || !plugin.processes.instance) return true;
  return familySets.some((families) => matches(plugin, families));
}

/** Left out by the user: `publish` is exactly false. */
export const leftOut = (instance) => instance.data.publish === false;

/** Whether an action is offered for a plug-in in this state. */
export function offered(action, { processed, failed, warned }) {
  switch (action.on) {
    case "all": return true;
    case "notProcessed": return !processed;
    case "processed": return processed;
    case "failed": return failed;
    case "warning": return warned;
    case "failedOrWarning": return failed || warned;
    case "succeeded": return processed && !failed;
    default: return false;
  }
}

/** The actions that are offered, without categories and separators that would be empty. */
export function offeredActions(plugin, state) {
  const shown = plugin.actions.filter((action) => action.kind !== "action" || offered(action, state));
  const isReal = (action) => action?.kind === "action";
  return shown.filter((action, index) => {
    if (isReal(action)) return true;
    const rest = shown.slice(index + 1);
    const next = rest.findIndex((other) => other.kind === action.kind || other.kind === "category");
    const below = next < 0 ? rest : rest.slice(0, next);
    if (action.kind === "separator") return below.some(isReal) && shown.slice(0, index).some(isReal);
    return below.some(isReal);
  });
}
