// Machine names in the shopper's language.

export const madeBy = { model: "the model", last_good: "your last good shelf", similar: "similar items", trending: "what is trending", catalog: "the catalogue" };

export const fallbacks = {
  unknown_user: "we have not met yet, so this is what others love",
  empty_history: "your history is empty",
  no_known_items: "the model does not know these items yet",
  deadline: "the model would have been too late",
  overload: "the model is busy",
  no_model: "no model is loaded",
  model_error: "the model run failed",
  no_eligible_items: "the model has nothing for this filter",
};

export const actions = {
  view: "Viewed", click: "Opened", add_to_cart: "Into the bag", remove_from_cart: "Out of the bag", purchase: "Bought",
  cancel: "Cancelled", impression: "Seen", hide: "Hidden",
};

export const levels = {
  low: ["Settled in", "likely to shop again"],
  watch: ["Drifting a little", "worth a friendly nudge"],
  high: ["Slipping away", "likely not to come back"],
};

const pounds = new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" });
export const price = value => value === null || value === undefined ? "—" : pounds.format(value);

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
export const count = value => whole.format(value ?? 0);

/** Milliseconds with the digits that matter. */
export const ms = value => value === null || value === undefined ? "—" : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

export const percent = value => value === null || value === undefined ? "—" : `${Math.round(value * 100)}%`;

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "UTC" });
export const dateOf = time => time ? day.format(new Date(time)) : "—";
export const timeOf = time => time ? minute.format(new Date(time)) : "—";

export const modelName = model => model ? `${model.name} v${model.version}` : "none";
