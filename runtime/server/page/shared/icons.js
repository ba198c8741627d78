// Icons, drawn here so that the page works offline. Plug-ins use the names of Font Awesome: the
// common ones are known, all others are shown as a dot.

const SVG = "http://www.w3.org/2000/svg";

/** Strokes on a grid of 16. */
const PATHS = {
  check: "M3 8.5l3.2 3.2L13 4.8",
  times: "M4 4l8 8M12 4l-8 8",
  exclamation: "M8 3v6M8 12.2v.3",
  dot: "M8 7.5v1",
  dots: "M4 7.5v1M8 7.5v1M12 7.5v1",
  minus: "M4 8h8",
  plus: "M8 3.5v9M3.5 8h9",
  play: "M5 3.5l7 4.5-7 4.5z",
  stop: "M4.5 4.5h7v7h-7z",
  pause: "M6 4v8M10 4v8",
  wrench: "M13.5 4.2a3.6 3.6 0 0 1-4.9 4.3L4.3 12.800a1.300 1.300 0 0 1-1.900-1.900L6.700 6.600A3.600 3.600 0 0 1 11 1.900L9 4l.400 2 2 .400z",
  refresh: "M13 8a5 5 0 1 1-1.500-3.600M13 2v3h-3",
  undo: "M3 6h6.500a3.500 3.500 0 0 1 0 7H6M5.500 3.500L3 6l2.500 2.500",
  redo: "M13 6H6.500a3.500 3.500 0 0 0 0 7H10M10.500 3.500L13 6l-2.500 2.500",
  eye: "M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8zM8 6.300a1.700 1.700 0 1 0 0 3.400 1.700 1.700 0 0 0 0-3.400z",
  search: "M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM10.300 10.300l3.500 3.500",
  trash: "M3 4.500h10M6 4.500V3h4v1.500M4.500 4.500l.600 8.500h5.800l.600-8.500",
  folder: "M2 4.500h4.300L7.500 6H14v6.500H2z",
  file: "M4 2h5.500L12 4.500V14H4zM9.500 2v2.500H12",
  save: "M3 3h8l2 2v8H3zM5.500 3v3.500h4V3M5 13V9.500h6V13",
  download: "M8 2.500v7.500M4.800 7L8 10.200 11.200 7M3 13.500h10",
  upload: "M8 10.500V3M4.800 6L8 2.800 11.200 6M3 13.500h10",
  pencil: "M3 13l.700-3L10.500 3.200l2.300 2.300L6 12.300z",
  link: "M6.500 9.500l3-3M7.500 4.800l1.300-1.300a2.600 2.600 0 0 1 3.700 3.700l-1.300 1.300M8.500 11.200l-1.300 1.300a2.600 2.600 0 0 1-3.700-3.700l1.300-1.300",
  lock: "M4 7.500h8V13H4zM5.500 7.500V5.500a2.500 2.500 0 0 1 5 0v2",
  unlock: "M4 7.500h8V13H4zM5.500 7.500V5a2.500 2.500 0 0 1 4.800-1",
  question: "M5.500 6a2.500 2.500 0 1 1 3.500 2.300c-.700.300-1 .700-1 1.400M8 12.300v.300",
  info: "M8 7.200v5M8 4.200v.200",
  warning: "M8 2.500l6 11H2zM8 6.500v3.500M8 11.800v.200",
  bug: "M8 5a3 3 0 0 0-3 3v2a3 3 0 0 0 6 0V8a3 3 0 0 0-3-3zM6 5.500L4.500 3.500M10 5.500l1.500-2M5 9H2M11 9h3",
  camera: "M2 5h3l1-1.500h4L11 5h3v8H2zM8 6.800a2.200 2.200 0 1 0 0 4.400 2.200 2.200 0 0 0 0-4.400z",
  image: "M2 3.500h12v9H2zM2 11l3.500-3.500 3 3 2-2L14 12M10.800 6v.200",
  cube: "M8 1.800l5.500 3v6.400L8 14.200l-5.500-3V4.800zM2.500 4.800L8 8l5.500-3.200M8 8v6.200",
  bulb: "M6 11.500c0-1.500-2-2.500-2-5a4 4 0 0 1 8 0c0 2.500-2 3.500-2 5zM6.500 14h3",
  pointer: "M4 2.500l8.500 6-4 .700-1.800 4z",
  list: "M6 4h8M6 8h8M6 12h8M2.500 4h.200M2.500 8h.200M2.500 12h.200",
  tag: "M2.500 2.500h5.500l5.500 5.500-5.500 5.500L2.500 8zM5.500 5.500v.100",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.800V8l2.300 1.500",
  magic: "M3 13l7-7M11 2v3M9.500 3.500h3M13 7.500v2M12 8.500h2M6 2.500v2M5 3.500h2",
  fill: "M7 2.500l5 5-5 5-5-5zM13 10.500c.800 1.200 1 2.500 0 2.500s-.800-1.300 0-2.500z",
  cog: "M8 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5zM8 1.500v2M8 12.500v2M1.500 8h2M12.500 8h2M3.400 3.400l1.400 1.400M11.200 11.200l1.400 1.400M12.600 3.400l-1.400 1.400M4.800 11.200l-1.400 1.400",
  external: "M9.500 2.500h4v4M13.500 2.500L8 8M11 9v4H3V5h4",
  copy: "M5.500 5.500H13V13H5.500zM3 10.500V3h7.500",
  theme: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  server: "M2.500 3h11v4h-11zM2.500 9h11v4h-11zM5 5h.200M5 11h.200",
  layers: "M8 2l6 3.200L8 8.400 2 5.200zM2 8.200l6 3.200 6-3.200M2 11l6 3.200 6-3.200",
  right: "M6 3.500L10.500 8 6 12.500",
  down: "M3.500 6L8 10.500 12.500 6",
};

/** Other names of the same thing. */
const ALIASES = {
  tools: "wrench", hammer: "wrench", screwdriver: "wrench", sync: "refresh", "sync-alt": "refresh", rotate: "refresh",
  "arrows-rotate": "refresh", "folder-open": "folder", "folder-open-o": "folder", "file-o": "file", "file-alt": "file",
  "floppy-o": "save", "floppy-disk": "save", edit: "pencil", "pencil-alt": "pencil", pen: "pencil", chain: "link",
  "question-circle": "question", "circle-question": "question", "info-circle": "info", "circle-info": "info",
  "exclamation-triangle": "warning", "triangle-exclamation": "warning", "exclamation-circle": "exclamation",
  picture: "image", "picture-o": "image", cubes: "cube", "lightbulb-o": "bulb", lightbulb: "bulb",
  "mouse-pointer": "pointer", "arrow-pointer": "pointer", "hand-pointer": "pointer", "hand-pointer-o": "pointer",
  "hand-o-up": "pointer", bars: "list", "list-ul": "list", tags: "tag", "clock-o": "clock", "wand-magic": "magic",
  "wand-magic-sparkles": "magic", "fill-drip": "fill", cogs: "cog", gear: "cog", gears: "cog",
  "external-link": "external", "external-link-alt": "external", clone: "copy", close: "times", xmark: "times",
  remove: "times", "trash-o": "trash", "trash-alt": "trash", add: "plus", "eye-slash": "eye", crosshairs: "search",
  "magnifying-glass": "search", "rotate-left": "undo", "rotate-right": "redo", "circle-check": "check", "check-circle": "check",
};

/** An icon by its name, hidden from screen readers because a text is beside it. */
export function icon(name, className = "icon") {
  const plain = String(name ?? "").toLowerCase().replace(/^(fa[srbl]?[-: ]+)+/, "").replace(/^fa-/, "");
  const own = (table) => (Object.hasOwn(table, plain) ? table[plain] : undefined);
  const path = own(PATHS) ?? PATHS[own(ALIASES)] ?? PATHS.dot;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** The states that a box can show, each with its sign and its word. */
export const STATES = {
  idle: { sign: "dot", word: "not run yet" },
  working: { sign: "play", word: "running" },
  partly: { sign: "dots", word: "not finished" },
  succeeded: { sign: "check", word: "succeeded" },
  warned: { sign: "exclamation", word: "succeeded with warnings" },
  failed: { sign: "times", word: "failed" },
  crashed: { sign: "bug", word: "broke down" },
  out: { sign: "minus", word: "left out" },
};

/** A box that shows a state by colour, sign and word. */
export function stateBox(state) {
  const box = document.createElement("span");
  box.className = "state";
  setState(box, state);
  return box;
}

/** Makes a box show this state. */
export function setState(box, state) {
  if (box.dataset.state === state) return;
  box.dataset.state = state;
  const word = document.createElement("span");
  word.className = "unseen";
  word.textContent = STATES[state].word;
  box.replaceChildren(icon(STATES[state].sign), word);
}
