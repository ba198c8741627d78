// Fields for attributes: one for each, with its help, under the headings that plug-ins give. A field
// saves itself when it is left, and says beside it what is wrong with its value.

import { choiceText, grouped, rangeText, titleOf, wrongValue } from "./attributes.js";
import { keepFocus } from "./focus.js";
import { button, h, name } from "./shared/dom.js";
import { cut } from "./shared/format.js";

const LONGEST = 2000;

export class AttributeFields {
  /** The field whose text is not saved, by its key. */
  #edited = null;

  /** `released` is called when nothing is being typed any more. */
  constructor(commands, released) {
    Object.assign(this, { commands, released });
  }

  get busy() {
    return this.#edited !== null;
  }

  stop() {
    this.#edited = null;
  }

  #release() {
    if (!this.busy) return;
    this.#edited = null;
    this.released();
  }

  /** A section for each heading. `owner` is the instance, or null for the context. */
  sections(entries, data, owner, editable) {
    return [...grouped(entries)].map(([title, group]) => h("section", {},
      h("h3", {}, name(cut(title, 200))),
      h("div", { class: "fields" }, group.map(({ attribute }) => this.#field(attribute, data[attribute.dataKey], owner, editable)))));
  }

  #field(attribute, value, owner, editable) {
    // The same for each drawing, so that the focus can be given back; without spaces, as in lists of ids.
    const id = `attribute-${encodeURIComponent(attribute.dataKey)}`;
    const error = h("p", { class: "bad", id: `${id}-error`, role: "alert" });
    const help = h("div", { class: "muted help", id: `${id}-help` });
    const texts = [attribute.help && cut(attribute.help, LONGEST), rangeText(attribute)].filter(Boolean);
    help.replaceChildren(...texts.map((text) => h("p", {}, text)));
    const isWritable = editable && !attribute.readOnly;
    const field = h("div", { class: "field" });
    const described = [texts.length > 0 && help.id, error.id].filter(Boolean).join(" ");
    // What the next change replaces. A browser reports a change again when its field is taken away.
    let known = value;
    const save = async (wanted) => {
      this.#release();
      if (JSON.stringify(wanted) === JSON.stringify(known)) return;
      const replaced = known;
      known = wanted;
      // The field shows the new value when the runtime reports it.
      if (!(await this.commands.changeData(owner, attribute.dataKey, wanted, replaced))) this.#redraw(field, attribute, value, owner, editable);
    };
    const say = (input, words) => {
      error.textContent = words ?? "";
      input.setAttribute("aria-invalid", String(Boolean(words)));
    };
    const isMissing = value === undefined;
    const control = attribute.readOnly ? h("output", { id, class: "value", dir: "auto" }, isMissing ? "none" : shown(attribute, value))
      : this.#control(attribute, value, { id, describedby: described, isWritable, save, say });
    // What a collector has set may be no value that the field can show.
    const wrong = isMissing || attribute.readOnly ? null : wrongValue(attribute, value);
    if (wrong) error.textContent = `It is ${cut(JSON.stringify(value), 100)} now. ${wrong}`;
    const caption = h(attribute.type === "choices" ? "span" : "label", attribute.type === "choices" ? { id: `${id}-label` } : { for: id }, name(cut(titleOf(attribute), 300)));
    const hasDefault = isWritable && attribute.default !== null && JSON.stringify(attribute.default) !== JSON.stringify(value);
    const back = hasDefault && button("Back to default", () => save(undefined), { class: "quiet", "aria-label": `Back to default: ${cut(titleOf(attribute), 100)}`, title: shown(attribute, attribute.default) });
    field.append(caption, control, ...[back, texts.length > 0 && help, error].filter(Boolean));
    return field;
  }

  #redraw(field, ...rest) {
    if (field.isConnected) keepFocus(field.parentElement, () => field.replaceWith(this.#field(...rest)));
  }

  #control(attribute, value, { id, describedby, isWritable, save, say }) {
    const common = { id, "aria-describedby": describedby, disabled: !isWritable };
    switch (attribute.type) {
      case "boolean":
        return h("input", { ...common, type: "checkbox", checked: value === true, onchange: (event) => save(event.target.checked) });
      case "choice": {
        const at = attribute.choices.findIndex((choice) => JSON.stringify(choice.value) === JSON.stringify(value));
        const options = attribute.choices.map((choice, index) => h("option", { value: String(index), selected: index === at }, cut(choiceText(choice), 200)));
        if (at < 0) options.unshift(h("option", { value: "", selected: true, disabled: true }, value === undefined ? "Choose …" : cut(JSON.stringify(value), 100)));
        return h("select", { ...common, onchange: (event) => save(attribute.choices[Number(event.target.value)].value) }, options);
      }
      case "choices": {
        const chosen = Array.isArray(value) ? value.map((one) => JSON.stringify(one)) : [];
        const boxes = attribute.choices.map((choice) => h("input", { type: "checkbox", disabled: !isWritable, checked: chosen.includes(JSON.stringify(choice.value)), onchange: () => save(attribute.choices.filter((_, index) => boxes[index].checked).map((one) => one.value)) }));
        return h("div", { role: "group", id, "aria-labelledby": `${id}-label`, "aria-describedby": describedby, class: "choices" },
          attribute.choices.map((choice, index) => h("label", {}, boxes[index], name(cut(choiceText(choice), 200)))));
      }
      default:
        return this.#textControl(attribute, value, { common, save, say });
    }
  }

  #textControl(attribute, value, { common, save, say }) {
    let before = written(attribute, value);
    const isLong = attribute.multiline || attribute.type === "texts";
    const isNumber = ["integer", "number"].includes(attribute.type);
    const input = isLong ? h("textarea", { ...common, rows: "3", value: before })
      : h("input", { ...common, type: "text", inputmode: isNumber ? (attribute.type === "integer" && attribute.minimum >= 0 && attribute.minimum !== null ? "numeric" : "text") : null, value: before, class: isNumber ? "number" : null, autocomplete: "off" });
    const leave = () => {
      if (input.value === before) {
        this.#release();
        return say(input, null);
      }
      const wanted = read(attribute, input.value);
      const wrong = wrongValue(attribute, wanted);
      say(input, wrong);
      if (wrong) return null;
      before = input.value;
      return save(wanted);
    };
    input.addEventListener("input", () => {
      this.#edited = attribute.dataKey;
      say(input, null);
    });
    input.addEventListener("change", leave);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        input.value = before;
        leave();
      } else if (event.key === "Enter" && (!isLong || event.ctrlKey || event.metaKey)) {
        leave();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });
    return input;
  }
}

/** The text in a field for this value. */
function written({ type }, value) {
  if (value === undefined || value === null) return "";
  if (type === "texts" && Array.isArray(value)) return value.join("\n");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value for the text in a field. */
function read({ type }, text) {
  if (type === "texts") return text.split("\n").map((line) => line.trim()).filter(Boolean);
  if (type === "text") return text;
  // A comma is the decimal point in many countries.
  const plain = text.trim().replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
  return plain === "" ? NaN : Number(plain);
}

/** A value as it is shown where it cannot be changed. */
function shown({ type, choices }, value) {
  const one = (value) => choiceText(choices.find((choice) => JSON.stringify(choice.value) === JSON.stringify(value)) ?? { value });
  if (type === "choice") return one(value);
  if (type === "choices" && Array.isArray(value)) return value.map(one).join(", ");
  if (type === "boolean" && typeof value === "boolean") return value ? "on" : "off";
  return cut(written({ type }, value), LONGEST);
}
