// The bag and the question whose eyes to look through.
import { drawItem } from "../art/art.js";
import { api, listen } from "../api.js";
import { $, fill, h } from "../dom.js";
import { percent, price } from "../words.js";
import { bag, visitor } from "./visitor.js";

const closer = dialog => h("button.close", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "×");

export function showBagCount() {
  $("#bag-count").textContent = bag.count;
  $("#bag").setAttribute("aria-label", `Bag, ${bag.count} ${bag.count === 1 ? "item" : "items"}`);
}

/** handlers: remove(itemId), buy(). */
export function openBag(handlers) {
  const dialog = $("#bag-drawer");
  const lines = [...bag.lines].map(([itemId, line]) => h("li.bag-line", {},
    drawItem(itemId, line.item), h("div", {}, h("b", {}, line.item.title), h("span.quiet", {}, `${line.quantity} × ${price(line.item.price)}`)),
    h("button.plain", { type: "button", "aria-label": `Remove ${line.item.title}`, onclick: async () => { await handlers.remove(itemId); openBag(handlers); } }, "Remove")));
  fill(dialog, closer(dialog), h("h2", { id: "bag-title" }, "Your bag"),
    lines.length === 0 ? h("p.quiet", {}, "Nothing in it yet.") : h("ul.bag-lines", {}, ...lines),
    lines.length > 0 && h("div.bag-total", {}, h("span", {}, "Total"), h("b", {}, price(bag.total))),
    lines.length > 0 && h("button.primary.wide", { type: "button", onclick: async () => { dialog.close(); await handlers.buy(); } }, "Buy it all"),
    lines.length > 0 && h("p.quiet", {}, "No money moves: a purchase is an event like any other."));
  if (!dialog.open) dialog.showModal();
}

export function showVisitor() {
  $("#visitor-name").textContent = visitor.isOwn ? "You" : `Shopper ${visitor.id}`;
  $("#visitor").classList.toggle("borrowed", !visitor.isOwn);
}

/** handlers: look(shopper or null), startOver(). */
export function openVisitor(handlers) {
  const dialog = $("#visitor-box");
  const seen = new Set();
  const list = h("ul.shoppers", {}, h("li.quiet", {}, "Waiting for shoppers of the replay…"));
  const offer = warning => {
    if (seen.has(warning.userId) || seen.size >= 8 || warning.userId === visitor.own) return;
    if (seen.size === 0) list.replaceChildren();
    seen.add(warning.userId);
    list.append(h("li", {}, h("button.chip", { type: "button", onclick: () => choose(warning.userId) }, `Shopper ${warning.userId} · ${percent(warning.probability)}`)));
  };
  const choose = shopper => { dialog.close(); handlers.look(shopper); };
  const input = h("input", { id: "shopper-id", name: "shopper", required: true, maxlength: 128, autocomplete: "off", placeholder: "e.g. 17850" });
  fill(dialog, closer(dialog), h("h2", { id: "visitor-title" }, "Whose eyes?"),
    h("p.quiet", {}, "You are a shopper like any other. Or look at the shelf of a real shopper of the replay, as it moves."),
    !visitor.isOwn && h("button.primary.wide", { type: "button", onclick: () => choose(null) }, "Back to my own eyes"),
    h("h3", {}, "Shoppers we may lose"), list,
    h("form.look", { onsubmit: event => { event.preventDefault(); choose(input.value.trim()); } },
      h("label", { for: "shopper-id" }, "A shopper’s number"), input, h("button.secondary", { type: "submit" }, "Look")),
    h("hr"), h("button.plain.danger", { type: "button", onclick: () => { dialog.close(); handlers.startOver(); } }, "Start over: forget me"),
    h("p.quiet", {}, "Erases everything the shop knows of you."));
  dialog.showModal();
  api.ops().then(ops => ops?.recentWarnings?.forEach(offer)).catch(() => list.replaceChildren(h("li.quiet", {}, "Nobody is at risk right now.")));
  const stop = listen(null, { on: { churn: offer } });
  dialog.addEventListener("close", stop, { once: true });
}
