// Sums over silos and the tiles made of them.
import { h } from "../dom.js";
import { count, ms } from "../words.js";

const sum = (silos, pick) => silos.reduce((total, silo) => total + pick(silo), 0);
const worst = (silos, name) => Math.max(0, ...silos.filter(silo => silo.recommendationLatency.count > 0).map(silo => silo.recommendationLatency[name]));

export function summarize(ops) {
  const silos = ops.silos;
  const batchSizes = new Map();
  const sources = new Map();
  for (const silo of silos) {
    for (const { upTo, count: runs } of silo.batchSizes) batchSizes.set(upTo, (batchSizes.get(upTo) ?? 0) + runs);
    for (const [source, answers] of Object.entries(silo.recommendationsBySource)) sources.set(source, (sources.get(source) ?? 0) + answers);
  }
  return {
    events: sum(silos, silo => silo.eventsPerSecond),
    allEvents: sum(silos, silo => silo.events),
    lag: silos.some(silo => silo.consumerLag >= 0) ? sum(silos, silo => Math.max(0, silo.consumerLag)) : null,
    answers: sum(silos, silo => silo.recommendationsPerSecond),
    p50: worst(silos, "p50"), p90: worst(silos, "p90"), p99: worst(silos, "p99"),
    measured: silos.some(silo => silo.recommendationLatency.count > 0),
    runs: sum(silos, silo => silo.batchesPerSecond),
    users: sum(silos, silo => silo.activeUsers),
    warnings: sum(silos, silo => silo.churnWarnings),
    batchSizes, sources,
  };
}

export function tiles(totals, gateway) {
  const tile = (title, figure, unit = "") => h("dl.tile", {}, h("dt", {}, title), h("dd", {}, figure, unit && h("small", {}, ` ${unit}`)));
  return [
    tile("Events", count(totals.events), "/s"),
    totals.lag === null ? tile("Consumer lag", "—") : tile("Consumer lag", count(totals.lag), "events"),
    tile("Recommendations", count(totals.answers), "/s"),
    tile("Answer at the gateway, p99", gateway.recommendationLatency.count > 0 ? ms(gateway.recommendationLatency.p99) : "—"),
    tile("Model runs", count(totals.runs), "/s"),
    tile("Shoppers in memory", count(totals.users)),
  ];
}
