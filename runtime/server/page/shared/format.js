// Numbers, times and values as readable text.

const COUNT = new Intl.NumberFormat("en");

/** 12,345 */
export function count(number) {
  return COUNT.format(number);
}

/** 1 problem, 2 problems */
export function counted(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** Milliseconds as 0.4 ms, 12 ms, 3.4 s, 2 min 5 s, 1 h 3 min. */
export function duration(ms) {
  if (!Number.isFinite(ms) || ms < 0) return "0 ms";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Seconds as a clock: 0:07, 12:30, 1:02:03. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A time (seconds since 1970) as a time of day. */
export function time(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** The same without seconds. */
export function hour(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** A time of day, with the date unless it is today. */
export function moment(seconds) {
  const date = new Date(seconds * 1000);
  const today = date.toDateString() === new Date().toDateString();
  return today ? time(seconds) : `${date.toLocaleDateString()} ${time(seconds)}`;
}

/** The text up to this length; if it is cut, a note says so. */
export function cut(text, most) {
  return text.length > most ? `${text.slice(0, most)}… (${count(text.length - most)} more characters)` : text;
}

/** A JSON value in a form for editing. */
export function pretty(value) {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}

const LEVELS = { 10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical" };

/** The name of a level of Python's logging. */
export function level(number) {
  return LEVELS[number] ?? `level ${number}`;
}

/** The CSS class for the colour of a level. */
export function levelClass(number) {
  return number >= 40 ? "failed" : number >= 30 ? "warned" : number >= 20 ? "info" : "debug";
}

/** Whether a user stopped the adapter by force: then the host itself lives on. */
export function wasStopped({ failure }) {
  return failure?.stopped === true;
}

/** How a plug-in fails that the user stopped. */
export const STOPPED = "Cancelled";

/** The label of a plug-in, or else its name. */
export function label(plugin) {
  return plugin.label || plugin.name;
}
