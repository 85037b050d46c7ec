// Charts from the JSON beside them. ECharts draws SVG; tooltips are built as elements, because a strict
// Content-Security-Policy forbids the inline styles of ECharts' own HTML.

import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, GridComponent, LineChart, MarkLineComponent, SVGRenderer, TooltipComponent]);

const thin = "\u202f"; // between thousands
const gap = "\u00a0"; // between a number and its unit
const grouped = (number, digits) =>
  number.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: 0 }).replaceAll(",", thin);
const units = {
  count: (value) => grouped(value, 0),
  number: (value) => grouped(value, 1),
  share: (value) => `${grouped(value * 100, value < 0.1 ? 2 : 1)}${gap}%`,
  money: (value, spec) => `${grouped(value, 0)}${gap}${spec.currency}`,
  days: (value) => `${grouped(value, 0)} days`,
};

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--tone-${name}`).trim();
const say = (value, spec) => (value === null || value === undefined ? "–" : units[spec.unit](value, spec));

function series(spec) {
  const stacked = spec.kind === "stack";
  return spec.series.map((one) => {
    const tone = colour(one.tone);
    const line = spec.kind === "line";
    return {
      name: one.name,
      type: line ? "line" : "bar",
      data: one.values,
      stack: stacked ? "all" : undefined,
      color: tone,
      symbol: "circle",
      symbolSize: 5,
      showSymbol: one.values.length < 3,
      lineStyle: { width: one.previous ? 1.25 : 2, type: one.previous ? "dashed" : "solid" },
      areaStyle: line && !one.previous && spec.series.length < 3 ? { opacity: 0.08 } : undefined,
      barMaxWidth: 22,
      itemStyle: { borderRadius: stacked ? 0 : 2 },
      endLabel: { show: line && spec.series.length > 1 && !spec.narrow, formatter: one.name, color: tone, fontSize: 11, distance: 6 },
      emphasis: { disabled: true },
      animation: false,
      markLine: spec.limit === null ? undefined : limit(spec),
    };
  });
}

function limit(spec) {
  const tone = colour("failed");
  return {
    silent: true,
    symbol: "none",
    animation: false,
    precision: 6, // it rounds to two digits otherwise, and 0.2 % lies at 0
    data: [{ yAxis: spec.limit }],
    lineStyle: { color: tone, type: "dashed", width: 1 },
    label: { position: "insideStartTop", formatter: `limit ${say(spec.limit, spec)}`, color: tone, fontSize: 11 },
  };
}

// Up to somewhat above the limit, so that what is far below it looks so; beyond, as the values want it.
const reach = (spec) => ({ max }) => (spec.limit === null || max > spec.limit ? null : spec.limit * 1.25);

function tooltip(spec) {
  return (points) => {
    const box = document.createElement("div");
    const head = box.appendChild(document.createElement("strong"));
    head.textContent = points[0].axisValueLabel;
    for (const point of points.filter(({ value }) => value !== null && value !== 0)) {
      const row = box.appendChild(document.createElement("div"));
      row.className = "chart-tip";
      const dot = row.appendChild(document.createElement("i"));
      dot.style.background = point.color;
      row.append(`${point.seriesName} `, Object.assign(document.createElement("b"), { textContent: say(point.value, spec) }));
    }
    return box;
  };
}

function option(spec) {
  const quiet = colour("quiet");
  const rule = colour("rule");
  const ends = spec.kind === "line" && spec.series.length > 1 && !spec.narrow;
  const longest = Math.max(...spec.series.map(({ name }) => name.length));
  return {
    aria: { enabled: true, label: { description: spec.title } },
    textStyle: { fontFamily: "inherit" },
    grid: { left: 4, right: ends ? 14 + longest * 6 : 12, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      formatter: tooltip(spec),
      backgroundColor: colour("paper"),
      borderColor: rule,
      textStyle: { color: colour("ink"), fontSize: 12 },
      axisPointer: { type: spec.kind === "line" ? "line" : "shadow", lineStyle: { color: quiet, width: 1 } },
    },
    xAxis: {
      type: "category",
      data: spec.labels,
      boundaryGap: spec.kind !== "line",
      axisTick: { show: false },
      axisLine: { lineStyle: { color: rule } },
      axisLabel: { color: quiet, fontSize: 11, hideOverlap: true },
    },
    yAxis: {
      type: "value",
      splitNumber: 3,
      max: reach(spec),
      minInterval: spec.unit === "count" ? 1 : undefined,
      splitLine: { lineStyle: { color: rule } },
      axisLabel: { color: quiet, fontSize: 11, formatter: (value) => say(value, spec) },
    },
    series: series(spec),
  };
}

function draw(holder) {
  const spec = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
  const chart = init(holder, null, { renderer: "svg" });
  const show = () => {
    spec.narrow = holder.clientWidth < 480;
    chart.setOption(option(spec), true);
  };
  show();
  new ResizeObserver(() => {
    if (!holder.isConnected) return chart.dispose();
    chart.resize();
    show();
  }).observe(holder);
  window.addEventListener("theme-change", show);
}

function drawAll(root) {
  for (const holder of root.querySelectorAll("[data-chart]:not([data-drawn])")) {
    holder.dataset.drawn = "yes";
    draw(holder);
  }
}

drawAll(document);
document.body.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
