// One row a silo.
import { h } from "../dom.js";
import { count, modelName, ms } from "../words.js";

export function showSilos(body, silos) {
  body.replaceChildren(...silos.map(silo => h("tr", {},
    h("th", { scope: "row" }, silo.name),
    h("td", {}, ...silo.roles.map(role => h("span.tag", {}, role))),
    h("td", {}, modelName(silo.model.active), silo.model.provider && h("span.quiet", {}, ` on ${silo.model.provider}`), silo.model.error && h("div.error", {}, silo.model.error)),
    h("td", {}, count(silo.activeUsers)), h("td", {}, count(silo.eventsPerSecond)), h("td", {}, silo.consumerLag < 0 ? "—" : count(silo.consumerLag)),
    h("td", {}, count(silo.recommendationsPerSecond)), h("td", {}, silo.recommendationLatency.count > 0 ? ms(silo.recommendationLatency.p99) : "—"),
    h("td", {}, count(silo.batchesPerSecond)), h("td", {}, count(silo.deadLetters)))));
}
