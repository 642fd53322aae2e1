import { drawItem } from "../art/art.js";
import { api, listen } from "../api.js";
import { $, h } from "../dom.js";
import { complete, itemOf, learn } from "../items.js";
import { count } from "../words.js";
import { card, skeletons } from "./card.js";
import { openBag, openVisitor, showBagCount, showVisitor } from "./dialogs.js";
import { closeSheet, openItem, openSheet } from "./sheet.js";
import { showEmpty, showLoading, showShelf } from "./shelf.js";
import { showGauge, showMade, showRecent } from "./visit.js";
import { bag, visitor } from "./visitor.js";

const PLACES = 12;
const FOLLOW_MS = 60_000;
const PAUSE_MS = 250;
let category = null;
let asking = null;
let acting = 0;
let shown = null;
let stopListening = () => {};

const handlers = { open, add, buy: place => act("purchase", place, { quantity: 1, price: place.item?.price }), hide };

/** Asks for the shelf, again and again while it does not know the last click. since: when that happened, to say how long it took. */
async function loadShelf({ since = null } = {}) {
  asking?.abort();
  const { signal } = asking = new AbortController();
  const until = performance.now() + FOLLOW_MS;
  try {
    for (let stale = true; stale;) {
      const { value, timings } = await api.recommend(visitor.id, { count: PLACES, category, minVersion: visitor.version, timeoutMs: 1000 }, signal);
      await present(value, { since, timings });
      signal.throwIfAborted();
      stale = value.stale && performance.now() < until;
      if (stale) await new Promise(done => setTimeout(done, PAUSE_MS));
      // A shop that started anew never learns of the click.
      else if (value.stale) visitor.version = null;
    }
    if (since === null) loadHistory();
    say(null);
  } catch (error) {
    if (error.name === "AbortError") return;
    say(`${error.message}${shown ? " Your shelf stays as it was." : ""}`, () => loadShelf());
    if (!shown) showEmpty("The shelf could not be fetched.", h("button.secondary", { type: "button", onclick: () => { showLoading(PLACES); loadShelf(); } }, "Try again"));
  }
}

async function present(shelf, { since = null, timings = {}, live = false }) {
  const places = (await complete(shelf.items)).slice(0, PLACES);
  let changed = 0;
  if (places.length === 0) showEmpty(category ? `Nothing in ${category} for now.` : "The shelves are being filled. Come back in a moment.");
  else changed = showShelf(places, visitor.isOwn ? handlers : { open });
  shown = shelf;
  // Two frames: the first paints the new order, the second begins when it is on screen.
  if (since !== null) await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  showMade(shelf, { took: since === null ? null : performance.now() - since, timings, changed, live });
  showGauge(shelf.churn);
}

async function loadHistory() {
  try { await showRecent((await api.history(visitor.id, 8, visitor.version)).events, open); } catch { /* the shelf already says that the shop is away */ }
}

/** Tells the shop what was done, then reads the shelf that knows of it. */
async function act(type, place, extra = {}) {
  if (!visitor.isOwn) return;
  const since = performance.now();
  const event = { userId: visitor.own, itemId: place.itemId, type, sessionId: visitor.sessionId, recommendationId: shown?.recommendationId, ...extra, properties: { page: "shop" } };
  await report([event], since);
}

async function report(events, since, taken = () => {}) {
  acting++;
  try {
    const answer = await api.send(events.length === 1 ? events[0] : events);
    taken();
    visitor.version = answer.results.at(-1)?.version ?? visitor.version;
    await loadShelf({ since });
    loadHistory();
  } catch (error) {
    say(error.message);
  } finally {
    acting--;
  }
}

async function open(place) {
  const complete = { ...place, item: place.item ?? await itemOf(place.itemId) };
  const acted = act("click", complete);
  openSheet(complete, handlers, visitor.isOwn);
  await acted;
}

async function add(place) {
  bag.add(place.itemId, place.item);
  showBagCount();
  await act("add_to_cart", place, { quantity: 1, price: place.item?.price });
}

async function hide(place) {
  if (openItem() === place.itemId) closeSheet();
  await act("hide", place);
}

async function buyBag() {
  const events = [...bag.lines].map(([itemId, line]) =>
    ({ userId: visitor.own, itemId, type: "purchase", quantity: line.quantity, price: line.item.price, sessionId: visitor.sessionId }));
  await report(events, performance.now(), () => { bag.clear(); showBagCount(); });
}

function say(text, again) {
  const notice = $("#notice");
  notice.hidden = text === null;
  notice.replaceChildren(text ?? "", again && text ? h("button.plain", { type: "button", onclick: again }, "Try again") : "");
}

function meet() {
  closeSheet();
  showVisitor();
  shown = null;
  showLoading(PLACES);
  stopListening();
  stopListening = listen(visitor.id, {
    on: {
      // One's own clicks are read directly; what else moves the shelf (the replay, a new model) comes from here.
      shelf: shelf => acting === 0 && !category && shelf.version !== shown?.version && present(shelf, { live: true }).then(loadHistory),
      churn: warning => warning.userId === visitor.id && showGauge({ probability: warning.probability, level: "high", horizonDays: warning.horizonDays }),
    },
  });
  return loadShelf();
}

async function startOver() {
  try { await api.erase(visitor.own); } catch (error) { say(error.message); return; }
  visitor.startOver();
  showBagCount();
  await meet();
}

function choose(name) {
  category = name;
  document.querySelectorAll("#categories button").forEach(button => button.setAttribute("aria-pressed", String(button.value === (name ?? ""))));
  $("#shelf-title").textContent = name ? `For you in ${name}` : "For you";
  loadShelf();
}

async function loadCategories() {
  try {
    const categories = (await api.categories()).filter(entry => !["Other", "Services"].includes(entry.name));
    const button = (name, label) => h("li", {}, h("button", { type: "button", value: name ?? "", "aria-pressed": String(name === category), onclick: () => choose(name) }, label));
    $("#categories").replaceChildren(button(null, "All gifts"), ...categories.map(entry => button(entry.name, entry.name)));
    $("#categories").title = `${count(categories.reduce((sum, entry) => sum + entry.items, 0))} entries`;
  } catch { $("#categories").replaceChildren(h("li.quiet", {}, "All gifts")); }
}

async function loadTrending() {
  if ($("#trending").contains(document.activeElement) && document.activeElement !== $("#trending")) return;
  if ($("#trending").childElementCount === 0) $("#trending").replaceChildren(...skeletons(8, true));
  try {
    const places = await complete(learn((await api.trending(14)).items));
    $("#trending").replaceChildren(...(places.length > 0 ? places.map(place => card(place, { open }, { small: true })) : [h("p.quiet", {}, "Nothing stands out yet.")]));
    if (places.length >= 5 && $("#hero-art").childElementCount === 0) $("#hero-art").replaceChildren(...places.slice(0, 5).map(place => drawItem(place.itemId, place.item)));
  } catch (error) { $("#trending").replaceChildren(h("p.quiet", {}, error.message)); }
}

$("#bag").addEventListener("click", () => openBag({
  remove: async itemId => { const { item } = bag.lines.get(itemId); bag.remove(itemId); showBagCount(); await act("remove_from_cart", { itemId, item }); },
  buy: buyBag,
}));
$("#visitor").addEventListener("click", () => openVisitor({ look: shopper => { visitor.look(shopper); meet(); }, startOver }));
showBagCount();
loadCategories();
loadTrending();
meet();
setInterval(() => document.visibilityState === "visible" && loadTrending(), 20_000);
