// What is known of the catalogue; asked for once per item.
import { api } from "./api.js";

const known = new Map();

/** Remembers the items that came along with a list. */
export function learn(places) {
  for (const place of places ?? []) if (place.item) known.set(place.itemId, Promise.resolve(place.item));
  return places ?? [];
}

/** The item, or null when the catalogue does not have it. */
export function itemOf(itemId) {
  if (!known.has(itemId)) {
    const asked = api.item(itemId).catch(error => {
      if (error.status !== 404) known.delete(itemId);
      return null;
    });
    known.set(itemId, asked);
  }
  return known.get(itemId);
}

/** Completes a list whose items did not come along (live updates carry ids only). */
export async function complete(places) {
  learn(places);
  return Promise.all(places.map(async place => ({ ...place, item: place.item ?? await itemOf(place.itemId) })));
}
