// The buttons that hand a publish over: to the farm, or to the background of this machine. They are
// only there where a hub is configured.

import { h, button } from "./shared/dom.js";
import { icon } from "./shared/icons.js";

const PLACES = [
  ["farm", "On the farm", "server", "Checks, then a worker of the farm publishes while you go on"],
  ["here", "In the background", "layers", "Checks, then this machine publishes a copy of the saved scene while you go on"],
];

/** The buttons, in one element; `press(place)` is what they do. */
export function handOverButtons(press) {
  const buttons = PLACES.map(([place, label, sign, title]) => button(label, () => press(place), { title, "data-place": place, hidden: true }, icon(sign)));
  const group = h("div", { class: "hand", role: "group", "aria-label": "Publish elsewhere", hidden: true }, buttons);
  /** Shows those that there are. */
  group.show = (places, isOff) => {
    group.hidden = !places.length;
    for (const one of buttons) {
      one.hidden = !places.includes(one.dataset.place);
      if (one.disabled !== isOff) one.disabled = isOff;
    }
  };
  return group;
}
