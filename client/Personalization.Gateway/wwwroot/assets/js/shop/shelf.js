// The personal shelf: cards keep their identity, so a new order is a movement one can follow.
import { $, calm, h } from "../dom.js";
import { card, refresh, skeletons } from "./card.js";

const EASE = "cubic-bezier(.2,.8,.2,1)";
const cards = new Map();

export function showLoading(number) {
  cards.clear();
  $("#shelf").setAttribute("aria-busy", "true");
  $("#shelf").replaceChildren(...skeletons(number));
}

export function showEmpty(text, action) {
  cards.clear();
  $("#shelf").removeAttribute("aria-busy");
  $("#shelf").replaceChildren(h("div.empty", {}, h("p", {}, text), action));
}

/** Puts the places in order. Returns how many cards moved or are new. */
export function showShelf(places, handlers) {
  const shelf = $("#shelf");
  const before = new Map([...cards].map(([itemId, element], index) => [itemId, { index, box: element.getBoundingClientRect() }]));
  const focused = shelf.contains(document.activeElement) ? document.activeElement : null;
  const next = places.map(place => {
    const element = cards.get(place.itemId);
    if (element) refresh(element, place);
    return element ?? card(place, handlers);
  });
  cards.clear();
  places.forEach((place, index) => cards.set(place.itemId, next[index]));
  shelf.removeAttribute("aria-busy");
  shelf.replaceChildren(...next);
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  return before.size === 0 ? 0 : animate(places, before);
}

function animate(places, before) {
  let changed = 0;
  const boxes = places.map(place => cards.get(place.itemId).getBoundingClientRect());
  places.forEach((place, index) => {
    const element = cards.get(place.itemId);
    const old = before.get(place.itemId);
    element.querySelector(".shift")?.remove();
    if (old?.index === index) return;
    changed++;
    mark(element, old ? old.index - index : null);
    if (calm()) return;
    if (!old) {
      element.animate([{ opacity: 0, transform: "scale(.92)" }, { opacity: 1, transform: "none" }], { duration: 380, easing: EASE });
      return;
    }
    const x = old.box.left - boxes[index].left;
    const y = old.box.top - boxes[index].top;
    element.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], { duration: 520, easing: EASE });
  });
  return changed;
}

function mark(element, by) {
  const text = by === null ? "new" : by > 0 ? `↑ ${by}` : `↓ ${-by}`;
  element.append(h(by === null || by > 0 ? "span.shift" : "span.shift.down", { "aria-hidden": "true" }, text));
}
