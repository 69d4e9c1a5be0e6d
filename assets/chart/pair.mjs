/**
 * Two tags, one against the other: a point under the pointer, or under the arrow keys, is when it
 * was in the chart above; points that are marked are shown there as stretches.
 */
import { t } from "../messages.mjs";
import * as cursor from "./cursor.mjs";
import * as spans from "./spans.mjs";

/** @import { Span } from "./spans.mjs" */

/** Milliseconds until a chart that is not drawn yet is looked for again. */
const SOON = 100;
const NAME = "chart__brushed";
/** Charts that are listened to. @type {WeakSet<object>} */
const followed = new WeakSet();
/** Times of the points whose marks are shown, as they came. @type {string | undefined} */
let bdata;
/** The point under the arrow keys. @type {number | null} */
let place = null;

/**
 * @param {number[]} places of points that are marked, of all points by time
 * @param {ArrayLike<number>} times of all [ms of the displayed clock]
 * @returns {Span[]} from the first to the last of those that follow one another
 */
export function stretches(places, times) {
  /** @type {Span[]} */
  const found = [];
  let before = NaN;
  for (const at of [...places].sort((one, other) => one - other)) {
    if (at === before + 1) found[found.length - 1].stop = times[at];
    else found.push({ start: times[at], stop: times[at] });
    before = at;
  }
  return found;
}

/** @param {string} page @returns {*} plotly's element of the pairs */
const plotOf = (page) => document.querySelector(`#${page}-pair-chart .js-plotly-plot`);

/** @param {*} plot @returns {number[]} times of the points [ms of the displayed clock] */
function timesOf(plot) {
  const drawn = plot?.calcdata || [];
  const points = drawn.find((/** @type {*} */ each) => each[0]?.trace.meta?.part === "pairs");
  return points ? Array.from(points[0].trace.customdata) : [];
}

/**
 * The points are drawn anew: what was marked among others is gone.
 *
 * @param {string} page
 */
export function arrived(page) {
  const plot = plotOf(page);
  if (plot?.on) take(page, plot);
  else if (document.getElementById(`${page}-pair-chart`)) window.setTimeout(arrived, SOON, page);
}

/**
 * @param {string} page
 * @param {*} plot plotly's element
 */
function take(page, plot) {
  // Dash hands the figure over again when some of its points are marked: these stay.
  const [drawn] = plot.data;
  if (followed.has(plot) && drawn && drawn.customdata?.bdata === bdata) return;
  bdata = drawn?.customdata?.bdata;
  place = null;
  mark(page, []);
  if (followed.has(plot)) return;
  followed.add(plot);
  plot.on("plotly_hover", (/** @type {*} */ { points }) => point(points[0]));
  plot.on("plotly_unhover", () => cursor.point(null));
  plot.on("plotly_selected", (/** @type {*} */ event) => mark(page, placesOf(event)));
  plot.on("plotly_deselect", () => mark(page, []));
}

/** @param {*} point of plotly's event */
function point({ data, customdata }) {
  if (data.meta?.part === "pairs") cursor.point(customdata);
}

/** @param {*} event @returns {number[]} places of the pairs that were marked */
function placesOf(event) {
  const points = (event && event.points) || [];
  return points
    .filter((/** @type {*} */ each) => each.data.meta?.part === "pairs")
    .map((/** @type {*} */ each) => each.pointNumber);
}

/**
 * Show in the chart above when the marked pairs were, and say how many they are.
 *
 * @param {string} page
 * @param {number[]} places
 */
function mark(page, places) {
  const found = stretches(places, timesOf(plotOf(page)));
  spans.show(cursor.chart(), NAME, found);
  const said = document.getElementById(`${page}-pair-brushed`);
  const [count, times] = [places.length.toLocaleString("en"), found.length.toLocaleString("en")];
  const text = t("Pairs marked in the chart above: %(count)s, stretches of time: %(times)s.", {
    count,
    times,
  });
  if (said) said.textContent = places.length ? text : t("Drag over points to see when they were.");
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (!(target instanceof Element) || !target.matches(".pair__chart")) return;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return;
  event.preventDefault();
  const times = timesOf(target.querySelector(".js-plotly-plot"));
  if (!times.length) return;
  const step = key === "ArrowRight" ? 1 : -1;
  const start = place ?? (step > 0 ? -1 : times.length);
  place = Math.min(Math.max(start + step, 0), times.length - 1);
  cursor.point(times[place]);
});
