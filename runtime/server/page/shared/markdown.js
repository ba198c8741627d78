// A small part of Markdown, for the docs and messages of plug-ins: paragraphs, headings, lists,
// quotes, code, bold, italic and links. It makes elements, never markup: HTML in a text stays text,
// and a link leads to the web only.
//
// A text that is no Markdown must stay as it is, because most messages are plain. So there are no
// escapes (paths of Windows have backslashes), and `_` within a word means nothing.

import { h } from "./dom.js";
import { cut } from "./format.js";

/** What is longer is shown as plain text. */
const MOST = 50_000;

const INLINE = new RegExp([
  "`(?<code>[^`\\n]{1,1000})`",
  "\\*\\*(?<bold>[^*\\s](?:[^*\\n]{0,1000}[^*\\s])?)\\*\\*",
  "(?<![\\w*])\\*(?<star>[^*\\s](?:[^*\\n]{0,1000}[^*\\s])?)\\*(?![\\w*])",
  "(?<![\\w_])_(?<line>[^_\\s](?:[^_\\n]{0,1000}[^_\\s])?)_(?![\\w_])",
  "\\[(?<text>[^\\]\\n]{1,500})\\]\\((?<target>https?:[^\\s)]{1,2000})\\)",
  "(?<bare>https?:\\/\\/[^\\s<>\"'`)\\]]{1,2000})",
].join("|"), "g");

/** A text as elements. */
export function markdown(text, attributes = {}) {
  const words = String(text ?? "");
  const content = words.length > MOST ? h("p", {}, words) : blocks(dedented(words).split("\n"));
  const { class: name = "", ...rest } = attributes;
  return h("div", { class: `markdown ${name}`.trim(), dir: "auto", ...rest }, content);
}

/** The same, cut to this many characters. */
export const shortMarkdown = (text, most, attributes) => markdown(cut(text, most), attributes);

/** Without the indent that all lines after the first share, as in docstrings of Python. */
function dedented(text) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/^\n+|\s+$/g, "").split("\n");
  const indents = lines.slice(1).filter((line) => line.trim()).map((line) => line.match(/^ */)[0].length);
  const shared = indents.length ? Math.min(...indents) : 0;
  return lines.map((line, index) => (index ? line.slice(shared) : line)).join("\n");
}

function blocks(lines) {
  const found = [];
  let paragraph = [];
  const close = () => {
    if (paragraph.length) found.push(h("p", {}, inline(paragraph.join("\n"))));
    paragraph = [];
  };
  /** The lines from here on that match, as what their patterns keep. */
  const run = (index, pattern) => {
    const kept = [];
    for (let match; index + kept.length < lines.length && (match = lines[index + kept.length].match(pattern)); ) kept.push(match[1]);
    return kept;
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    const heading = line.match(/^#{1,6}\s+(\S.*)$/);
    const items = run(index, /^\s{0,3}[-*+]\s+(\S.*)$/);
    const numbers = run(index, /^\s{0,3}\d{1,4}[.)]\s+(\S.*)$/);
    const quote = run(index, /^\s{0,3}> ?(.*)$/);
    if (/^\s{0,3}```/.test(line)) {
      const end = lines.findIndex((other, place) => place > index && /^\s{0,3}```\s*$/.test(other));
      if (end > index) {
        close();
        found.push(h("pre", { tabindex: "0", dir: "ltr" }, lines.slice(index + 1, end).join("\n")));
        index = end;
      } else paragraph.push(line);
    } else if (heading) {
      close();
      found.push(h("p", { class: "heading-line" }, h("strong", {}, inline(heading[1]))));
    } else if (items.length) {
      close();
      found.push(h("ul", {}, items.map((item) => h("li", {}, inline(item)))));
      index += items.length - 1;
    } else if (numbers.length) {
      close();
      found.push(h("ol", { start: parseInt(line, 10) }, numbers.map((item) => h("li", {}, inline(item)))));
      index += numbers.length - 1;
    } else if (quote.length) {
      close();
      found.push(h("blockquote", {}, h("p", {}, inline(quote.join("\n")))));
      index += quote.length - 1;
    } else if (!line.trim()) close();
    else paragraph.push(line);
  }
  close();
  return found;
}

/** The parts of a paragraph. */
function inline(text, isInner = false) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const { code, bold, star, line, text: words, target, bare } = match.groups;
    let part = null;
    let end = match.index + match[0].length;
    if (code !== undefined) part = h("code", {}, code);
    else if (target !== undefined) part = link(target, words);
    else if (bare !== undefined) {
      // A full stop at the end belongs to the sentence.
      const address = bare.replace(/[.,;:!?]+$/, "");
      end -= bare.length - address.length;
      part = link(address, address);
    } else if (!isInner) part = h(bold === undefined ? "em" : "strong", {}, inline(bold ?? star ?? line, true));
    if (!part) continue;
    parts.push(text.slice(from, match.index), part);
    from = end;
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== "");
}

function link(address, words) {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words);
}
