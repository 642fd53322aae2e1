// The operator's view: asks the gateway once a second, hears warnings live.
import { api, listen } from "../api.js";
import { $, h } from "../dom.js";
import { count, dateOf, percent, timeOf } from "../words.js";
import { showBars } from "./bars.js";
import { lineChart } from "./charts.js";
import { inspect } from "./inspector.js";
import { showSilos } from "./silos.js";
import { summarize, tiles } from "./summary.js";

const SHOWN_WARNINGS = 50;
const sourceOrder = ["model", "last_good", "similar", "trending", "catalog"];
const pushEvents = lineChart($("#events-chart"), [{ label: "events/s", color: "#e0a45a", fill: "rgba(224,164,90,.13)" }], count);
const pushLatency = lineChart($("#latency-chart"), [{ label: "p50", color: "#7fc391" }, { label: "p90", color: "#8fb4d6" }, { label: "p99", color: "#f09ba8" }],
  value => value < 10 ? value.toFixed(1) : String(Math.round(value)));

const known = new Set();
function addWarning(warning) {
  if (known.has(warning.warningId)) return;
  known.add(warning.warningId);
  const feed = $("#warnings");
  if (known.size === 1) feed.replaceChildren();
  const item = h("li", {}, h("button", { type: "button", onclick: () => { inspect(warning.userId); $("#inspect-title").scrollIntoView({ block: "center" }); } },
    h("b", {}, percent(warning.probability)), h("span", {}, `Shopper ${warning.userId}`),
    h("span.why", {}, warning.reasons.map(reason => reason.text).join(" · ")), h("time", { datetime: warning.detectedAt }, dateOf(warning.detectedAt))));
  // One that a resumed stream brings late stands where its time puts it.
  const older = [...feed.children].find(other => Date.parse(other.querySelector("time").dateTime) <= Date.parse(warning.detectedAt));
  feed.insertBefore(item, older ?? null);
  while (feed.children.length > SHOWN_WARNINGS) feed.lastElementChild.remove();
}

function show(ops) {
  const totals = summarize(ops);
  $("#notice").hidden = true;
  $("#lamp").className = `lamp ${ops.silent === 0 && ops.silos.length > 0 ? "good" : "bad"}`;
  $("#state").textContent = `${ops.silos.length} ${ops.silos.length === 1 ? "silo" : "silos"}${ops.silent > 0 ? `, ${ops.silent} silent` : ""}`;
  $("#shop-time").textContent = `${dateOf(ops.shopTime)}, ${timeOf(ops.shopTime)}`;
  $("#wall-time").textContent = `${dateOf(ops.time)}, ${timeOf(ops.time)}`;
  $("#tiles").replaceChildren(...tiles(totals, ops.gateway));
  const now = Date.parse(ops.time) / 1000;
  pushEvents(now, [totals.events]);
  pushLatency(now, totals.measured ? [totals.p50, totals.p90, totals.p99] : [null, null, null]);
  showBars($("#batches"), [...totals.batchSizes].map(([upTo, value]) => ({ name: String(upTo), label: upTo === 1 ? "1" : `≤ ${upTo}`, value })), count, "No model run yet.");
  showBars($("#sources"), sourceOrder.filter(name => totals.sources.has(name)).map(name => ({ name, label: name.replace("_", " "), value: totals.sources.get(name) })), count, "No answer yet.");
  $("#warnings-count").textContent = `${count(totals.warnings)} since start`;
  showSilos($("#silos"), ops.silos);
  [...ops.recentWarnings].reverse().forEach(addWarning);
}

async function poll() {
  try {
    show(await api.ops());
  } catch (error) {
    $("#lamp").className = "lamp bad";
    $("#state").textContent = "no answer";
    $("#notice").textContent = `${error.message} Trying again.`;
    $("#notice").hidden = false;
  }
  setTimeout(poll, 1000);
}

$("#warnings").append(h("li.quiet", {}, "Nobody has crossed the line yet."));
$("#inspect-form").addEventListener("submit", event => { event.preventDefault(); inspect($("#inspect-id").value.trim()); });
listen(null, { on: { churn: addWarning } });
poll();
