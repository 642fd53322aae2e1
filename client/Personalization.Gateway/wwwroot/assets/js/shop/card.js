import { drawItem } from "../art/art.js";
import { h } from "../dom.js";
import { price } from "../words.js";

/** A product on a shelf. handlers: open(place), add(place), hide(place). */
export function card(place, handlers, { small = false } = {}) {
  const item = place.item ?? { title: place.itemId, categories: [] };
  const element = h(small ? "article.card.small" : "article.card", { "data-item-id": place.itemId },
    h("button.card-open", { type: "button", "aria-label": `${item.title}, ${price(item.price)}`, onclick: () => handlers.open(element.place) },
      h("span.picture", {}, drawItem(place.itemId, item)),
      h("span.kind", {}, item.categories?.[0] ?? "Gifts"),
      h("span.title", {}, item.title)),
    h("div.card-foot", {},
      h("span.price", {}, price(item.price)),
      handlers.add && h("button.round", { type: "button", "aria-label": `Add ${item.title} to the bag`, title: "Add to bag", onclick: () => handlers.add(element.place) }, "+")),
    small ? null : h("p.reason", {}, place.reason?.text ?? ""),
    handlers.hide && !small && h("button.dismiss", { type: "button", "aria-label": `Not for me: ${item.title}`, title: "Not for me", onclick: () => handlers.hide(element.place) }, "×"));
  element.place = place;
  return element;
}

/** Brings a card up to date when its place in the list changed. */
export function refresh(element, place) {
  element.place = place;
  const reason = element.querySelector(".reason");
  if (reason) reason.textContent = place.reason?.text ?? "";
}

export const skeletons = (number, small = false) =>
  Array.from({ length: number }, () => h(small ? "div.card.small.skeleton" : "div.card.skeleton", { "aria-hidden": "true" },
    h("span.picture"), h("span.bone"), h("span.bone.short")));
