// The rail: how fast the shelf followed, what made it, the churn gauge and the recent actions.
import { drawItem } from "../art/art.js";
import { $, h, svg } from "../dom.js";
import { itemOf } from "../items.js";
import { actions, fallbacks, levels, madeBy, modelName, ms, percent } from "../words.js";

const PARTS = [["wait", "reading your click"], ["queue", "queue"], ["inference", "model"], ["ranking", "ranking"]];

/** took: milliseconds from the click to the new shelf on screen, or null when there was no click. */
export function showMade(shelf, { took, timings, changed, live }) {
  const by = `made by ${madeBy[shelf.source] ?? shelf.source}`;
  const how = live ? "Updated live" : took === null ? "Ready" : changed === 0 ? `Checked in ${ms(took)}` : `Rearranged in ${ms(took)}`;
  const because = shelf.fallbackReason ? ` — ${fallbacks[shelf.fallbackReason] ?? shelf.fallbackReason}` : "";
  $("#made").replaceChildren(h("strong", {}, how), ` · ${by}${because}${shelf.stale ? " · your last click is still on its way" : ""}`);
  if (took !== null) {
    $("#pace").textContent = ms(took);
    $("#pace").dataset.ms = took.toFixed(2);
    showParts(took, timings);
    const note = $("#sheet-pace");
    if (note) note.replaceChildren(h("b", {}, how), ` · ${by}`, shelf.churn ? ` · risk of losing you ${percent(shelf.churn.probability)}` : "");
  }
  $("#facts").replaceChildren(
    ...fact("Shelf by", madeBy[shelf.source] ?? shelf.source), ...fact("Model", modelName(shelf.model)),
    ...fact("Why not the model", shelf.fallbackReason ? fallbacks[shelf.fallbackReason] ?? shelf.fallbackReason : null));
}

const fact = (name, value) => value === null ? [] : [h("dt", {}, name), h("dd", {}, value)];

function showParts(took, timings) {
  const server = timings.total ?? timings.grain ?? 0;
  const parts = PARTS.map(([name, label]) => [name, label, timings[name] ?? 0]);
  const bar = svg("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", class: "bar", "aria-hidden": "true" });
  let x = 0;
  for (const [name, , value] of [...parts, ["rest", "", Math.max(0, took - parts.reduce((sum, part) => sum + part[2], 0))]]) {
    const width = took > 0 ? Math.min(100 - x, value / took * 100) : 0;
    bar.append(svg("rect", { x, y: 0, width, height: 6, class: `part-${name}` }));
    x += width;
  }
  $("#pace-parts").replaceChildren(bar, h("p.quiet", {}, `of which ${ms(server)} in the shopper’s grain`),
    h("ul.parts", {}, ...parts.filter(part => part[2] > 0).map(([name, label, value]) => h(`li.part-${name}`, {}, `${label} ${ms(value)}`))));
}

/** churn: { probability, level, horizonDays } or null. */
export function showGauge(churn) {
  const host = $("#gauge");
  if (!churn || churn.probability === null || churn.probability === undefined) {
    host.replaceChildren(h("p.quiet", {}, "Too early to tell. Look around a little."));
    return;
  }
  let meter = host.querySelector("svg");
  if (!meter) {
    const arc = { d: "M14 90A76 76 0 0 1 166 90", pathLength: 100, fill: "none", "stroke-width": 15, "stroke-linecap": "round" };
    meter = svg("svg", { viewBox: "0 0 180 100", class: "gauge", role: "img" }, svg("path", { ...arc, class: "gauge-track" }),
      svg("path", { ...arc, class: "gauge-value", "stroke-dasharray": "0 200" }), svg("text", { x: 90, y: 84, "text-anchor": "middle", class: "gauge-number" }));
    host.replaceChildren(meter, h("p.gauge-level"), h("p.quiet.gauge-horizon"));
  }
  const [name, meaning] = levels[churn.level] ?? [churn.level, ""];
  meter.setAttribute("data-level", churn.level);
  meter.setAttribute("aria-label", `Risk of not coming back: ${percent(churn.probability)}, ${churn.level}`);
  meter.querySelector(".gauge-value").setAttribute("stroke-dasharray", `${Math.max(1, churn.probability * 100)} 200`);
  meter.querySelector(".gauge-number").textContent = percent(churn.probability);
  host.querySelector(".gauge-level").replaceChildren(h(`span.level.${churn.level}`, {}, churn.level), ` ${name}, ${meaning}`);
  host.querySelector(".gauge-horizon").textContent = `Chance of no purchase in the next ${churn.horizonDays} days, read from your clicks.`;
}

/** events: newest first. */
export async function showRecent(events, open) {
  const shown = await Promise.all(events.slice(0, 8).map(async event => [event, await itemOf(event.itemId)]));
  $("#recent").replaceChildren(...(shown.length === 0
    ? [h("li.quiet", {}, "Nothing yet. This is a fresh start.")]
    : shown.map(([event, item]) => h("li", {}, h("button.recent-item", { type: "button", onclick: () => open({ itemId: event.itemId, item }) },
      drawItem(event.itemId, item), h("span", {}, h("b", {}, actions[event.type] ?? event.type), item?.title ?? event.itemId))))));
}
