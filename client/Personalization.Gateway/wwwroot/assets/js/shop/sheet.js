// The opened product beside the shelf: not modal, so the shelf can be seen rearranging itself.
import { drawItem } from "../art/art.js";
import { api } from "../api.js";
import { $, calm, h } from "../dom.js";
import { complete } from "../items.js";
import { price } from "../words.js";
import { card, skeletons } from "./card.js";

let opener = null;
let current = null;

export const openItem = () => current;

export function closeSheet() {
  if (!current) return;
  current = null;
  $("#product").hidden = true;
  document.body.classList.remove("with-sheet");
  const back = opener?.isConnected ? opener : $("#for-you");
  back.focus({ preventScroll: true });
}

/** handlers: open, add, buy, hide; canAct is false through another shopper's eyes. */
export async function openSheet(place, handlers, canAct) {
  const sheet = $("#product");
  if (!sheet.contains(document.activeElement)) opener = document.activeElement;
  current = place.itemId;
  const item = place.item ?? { title: place.itemId, categories: [] };
  const similar = h("div.similar", {}, ...skeletons(4, true));
  const close = h("button.close", { type: "button", "aria-label": "Close", onclick: closeSheet }, "×");
  sheet.replaceChildren(close,
    h("div.sheet-picture", {}, drawItem(place.itemId, item)),
    h("div.sheet-body", {},
      h("p.kind", {}, (item.categories ?? []).join(" · ")),
      h("h2", { id: "product-title" }, item.title),
      h("p.sheet-price", {}, price(item.price)),
      place.reason?.text && h("p.sheet-reason", {}, place.reason.text),
      canAct
        ? h("div.sheet-actions", {},
          h("button.primary", { type: "button", onclick: () => handlers.add(place) }, "Add to bag"),
          h("button.secondary", { type: "button", onclick: () => handlers.buy(place) }, "Buy now"),
          h("button.plain", { type: "button", onclick: () => handlers.hide(place) }, "Not for me"))
        : h("p.quiet", {}, "You look through another shopper’s eyes, so nothing here is recorded."),
      canAct && h("p.sheet-pace", { id: "sheet-pace" }, "Your shelf is taking note…"),
      h("p.quiet.sku", {}, `Item ${place.itemId}`),
      h("h3", {}, "Similar finds"), similar));
  const wasHidden = sheet.hidden;
  sheet.hidden = false;
  sheet.scrollTop = 0;
  document.body.classList.add("with-sheet");
  close.focus({ preventScroll: true });
  if (wasHidden && !calm()) sheet.animate([{ transform: "translateX(40px)", opacity: 0 }, { transform: "none", opacity: 1 }], { duration: 240, easing: "ease-out" });
  await fillSimilar(similar, place.itemId, handlers);
}

async function fillSimilar(host, itemId, handlers) {
  try {
    const places = await complete((await api.similar(itemId, 4)).items);
    if (current !== itemId) return;
    host.replaceChildren(...(places.length > 0 ? places.map(place => card(place, { open: handlers.open }, { small: true })) : [h("p.quiet", {}, "One of a kind.")]));
  } catch (error) {
    host.replaceChildren(h("p.quiet", {}, error.message));
  }
}

addEventListener("keydown", event => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) closeSheet();
});
