// Horizontal bars: name, length, figure.
import { h, svg } from "../dom.js";

/** rows: [{ name, label, value }] */
export function showBars(element, rows, format, empty) {
  const most = Math.max(1, ...rows.map(row => row.value));
  element.replaceChildren(...rows.length === 0 ? [h("p.quiet", {}, empty)] : rows.map(row => h("div.bar-row", { "data-name": row.name },
    h("span", {}, row.label),
    svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { x: 0, y: 0, height: 10, width: 100 * row.value / most })),
    h("span", {}, format(row.value)))));
}
