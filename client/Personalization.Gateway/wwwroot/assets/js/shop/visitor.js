// Who is looking: the visitor, or the visitor through the eyes of a real shopper of the replay (look, do not touch).
const KEY = "visitor";
const BAG = "bag";

const fresh = () => `visitor-${crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), n => n.toString(16)).join("")}`;

function stored(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

function store(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private browsing: the visit lasts as long as the page */ }
}

export const visitor = {
  own: stored(KEY, null) ?? fresh(),
  eyes: new URLSearchParams(location.search).get("shopper"),
  sessionId: `s-${Date.now().toString(36)}`,
  version: null,
  get id() { return this.eyes ?? this.own; },
  get isOwn() { return this.eyes === null; },
  look(shopper) { this.eyes = shopper; this.version = null; },
  startOver() { this.own = fresh(); this.eyes = null; this.version = null; store(KEY, this.own); bag.clear(); },
};
store(KEY, visitor.own);

/** The bag: item id to { title, price, quantity }. */
export const bag = {
  lines: new Map(stored(BAG, [])),
  get count() { return [...this.lines.values()].reduce((sum, line) => sum + line.quantity, 0); },
  get total() { return [...this.lines.values()].reduce((sum, line) => sum + line.quantity * (line.item.price ?? 0), 0); },
  add(itemId, item) {
    this.lines.set(itemId, { item, quantity: (this.lines.get(itemId)?.quantity ?? 0) + 1 });
    this.save();
  },
  remove(itemId) { this.lines.delete(itemId); this.save(); },
  clear() { this.lines.clear(); this.save(); },
  save() { store(BAG, [...this.lines]); },
};
