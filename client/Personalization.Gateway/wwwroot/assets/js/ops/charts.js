// Rolling lines over the last three minutes.
import uPlot from "../../vendor/uplot/uPlot.esm.js";

const SECONDS = 180;
const clock = seconds => new Date(seconds * 1000).toLocaleTimeString("en-GB", { timeZone: "UTC" });
const axis = { stroke: "#b3a49b", grid: { stroke: "#332b2e", width: 1 }, ticks: { show: false }, font: "12px Figtree, sans-serif" };

/** lines: [{ label, color, fill }]; returns push(time in seconds, values). */
export function lineChart(element, lines, format) {
  const data = [[], ...lines.map(() => [])];
  const plot = new uPlot({
    width: element.clientWidth, height: element.clientHeight - 30, cursor: { y: false }, legend: { live: true },
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(max * 1.15, 1)] } },
    axes: [{ ...axis, space: 90, values: (plot, times) => times.map(time => plot.data[0].length > 1 ? clock(time) : "") }, { ...axis, size: 46, values: (_, values) => values.map(format) }],
    series: [{ value: (_, time) => time === null || time === undefined ? "—" : clock(time) },
      ...lines.map(line => ({ label: line.label, stroke: line.color, width: 2, fill: line.fill, points: { show: false }, value: (_, value) => value === null || value === undefined ? "—" : format(value) }))],
  }, data, element);
  new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: element.clientHeight - 30 })).observe(element);
  return (time, values) => {
    data[0].push(time);
    values.forEach((value, index) => data[index + 1].push(value));
    while (data[0].length > SECONDS) for (const column of data) column.shift();
    plot.setData(data);
  };
}
