// Everything that is known of one shopper.
import { api } from "../api.js";
import { $, h } from "../dom.js";
import { actions, count, dateOf, levels, percent, price, timeOf } from "../words.js";

const facts = rows => h("dl", {}, ...rows.filter(([, value]) => value !== null).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
const names = weighted => weighted.slice(0, 3).map(entry => `${entry.name} ${percent(entry.weight)}`).join(", ") || "—";

export async function inspect(user) {
  const target = $("#inspect");
  $("#inspect-id").value = user;
  target.setAttribute("aria-busy", "true");
  try {
    const [profile, churn, history] = await Promise.all([api.profile(user), api.churn(user), api.history(user, 12)]);
    if (profile.version === null) {
      target.replaceChildren(h("p.quiet", {}, `Nothing was ever heard of shopper ${user}.`));
      return;
    }
    target.replaceChildren(
      h("div", {}, h("h3", {}, "Profile"), facts([
        ["Seen", `${dateOf(profile.firstSeen)} to ${dateOf(profile.lastSeen)}`], ["Recency", `${count(profile.recencyDays)} days`],
        ["Actions", Object.entries(profile.counts).map(([type, number]) => `${count(number)} ${(actions[type] ?? type).toLowerCase()}`).join(", ")],
        ["Spend", price(profile.spend)], ["Likes", names(profile.topCategories)], ["Prices", profile.priceLevel], ["Segments", profile.segments.join(", ") || "—"]])),
      h("div", {}, h("h3", {}, "Churn"), churn.probability === null ? h("p.quiet", {}, "Cannot be scored.") : facts([
        ["Probability", h("span", {}, `${percent(churn.probability)} `, h(`span.level.${churn.level}`, {}, levels[churn.level][0]))],
        ["Horizon", `${churn.horizonDays} days`], ["Why", churn.reasons.map(reason => reason.text).join(" ") || "Nothing stands out."],
        ["Next look", churn.nextCheck ? dateOf(churn.nextCheck) : "when something happens"], ["Warnings", count(churn.warnings.length)]])),
      h("div", {}, h("h3", {}, "Latest actions"), h("ol", {}, ...history.events.map(event =>
        h("li", {}, h("time", { datetime: event.timestamp }, `${dateOf(event.timestamp)} ${timeOf(event.timestamp).slice(0, 5)}`), `${actions[event.type] ?? event.type} ${event.itemId}${event.quantity ? ` × ${event.quantity}` : ""}`)))));
  } catch (error) {
    target.replaceChildren(h("p.error", {}, error.message));
  } finally {
    target.setAttribute("aria-busy", "false");
  }
}
