/**
 * The cursor of a trend: one line through all lanes, which writes into the rows above the chart.
 * No box lies over the data. It follows the pointer, a touch, and the arrow keys.
 */
import { t } from "../messages.mjs";
import * as before from "./before.mjs";
import * as beside from "./beside.mjs";
import * as indicators from "./indicators.mjs";
import { eachRow, head } from "./legend.mjs";
import { ownTime, partsOf, shortTime, timeText, told } from "./lines.mjs";
import * as spans from "./spans.mjs";

/** @import { Point, Told } from "./lines.mjs" */

/** @typedef {{ page: string, plot: *, at: number | null, shown: string }} Cursor */
/** @type {Cursor | null} */
let cursor = null;
/** Milliseconds until a chart that is not drawn yet is looked for again. */
const SOON = 100;
/** Charts that know already that they are followed. @type {WeakSet<object>} */
const followed = new WeakSet();

/** @param {string} page @param {string} className @returns {HTMLElement | null} */
function part(page, className) {
  const chart = document.getElementById(page + "-chart")?.closest(".chart");
  if (!(chart instanceof HTMLElement)) return null;
  const there = chart.querySelector(":scope > ." + className);
  if (there instanceof HTMLElement) return there;
  const made = document.createElement("div");
  made.className = className;
  made.hidden = true;
  chart.append(made);
  return made;
}

/**
 * A new figure is drawn: the chart is as high as its lanes, and the rows tell of its last moment,
 * or of where the cursor still is. The figure may be there before plotly is: then it is waited for.
 *
 * @param {string} page
 * @param {function(): void} [then] what is to be done once the chart is drawn
 */
export function arrived(page, then) {
  const graph = document.getElementById(page + "-chart");
  /** @type {*} plotly adds its own to the element */
  const plot = graph?.querySelector(".js-plotly-plot");
  if (!graph) return;
  if (!plot?.on || !plot._fullLayout) {
    window.setTimeout(arrived, SOON, page, then);
    return;
  }
  if (!cursor || cursor.plot !== plot) cursor = { page, plot, at: null, shown: "" };
  if (!followed.has(plot)) follow(plot);
  indicators.apply(page, plot);
  settle();
  if (then) then();
}

/** What is told at the cursor is another: an indicator is switched on or off. */
export const tell = () => cursor && write(cursor.at);

/** @returns {number | null} where the cursor is [ms of the displayed clock] */
export const moment = () => cursor && cursor.at;

/**
 * Let the cursor stand at a moment, or nowhere.
 *
 * @param {number | null} at [ms of the displayed clock]
 */
export const point = (at) => write(at);

/** @returns {number | null} the last moment that is shown [ms of the displayed clock] */
export function last() {
  const axis = cursor?.plot._fullLayout?.xaxis;
  return axis ? axis.r2l(axis.range[1]) : null;
}

/**
 * @param {number} at [ms of the displayed clock]
 * @returns {number} when the next point of the first line begins; the end of what is shown at last
 */
export function after(at) {
  const next = firstLine().find(({ x }) => x > at);
  return next ? next.x : Math.max(last() ?? at, at + 1);
}

/** @returns {*} plotly's element of the chart, null before it is drawn */
export const chart = () => cursor && cursor.plot;

/** The height is in the figure; a plot drawn before it has the height of its lanes follows. */
function settle() {
  if (!cursor) return;
  const { plot, page } = cursor;
  const height = plot.layout?.meta?.height;
  const chart = document.getElementById(page + "-chart")?.closest(".chart");
  if (height && chart instanceof HTMLElement) {
    chart.style.setProperty("--chart-height", `${height}px`);
  }
  before.show(page, plot);
  beside.show(page, plot);
  spans.place(plot);
  write(cursor.at);
}

/** @param {*} plot */
function follow(plot) {
  followed.add(plot);
  plot.on("plotly_afterplot", settle);
  plot.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (event.buttons === 0 || event.pointerType !== "mouse") move(plot, event.clientX);
  });
  plot.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType !== "mouse") move(plot, event.clientX);
  });
  plot.addEventListener("pointerleave", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType === "mouse") write(null);
  });
}

/**
 * @param {*} plot
 * @param {number} clientX
 */
function move(plot, clientX) {
  const axis = plot._fullLayout?.xaxis;
  if (!axis) return;
  const pixels = clientX - plot.getBoundingClientRect().left - axis._offset;
  if (pixels < 0 || pixels > axis._length) write(null);
  else write(axis.p2d ? displayedOf(axis, pixels) : null);
}

/** @param {*} axis @param {number} pixels @returns {number} time of the displayed clock [ms] */
function displayedOf(axis, pixels) {
  const [first, last] = axis.range.map((/** @type {*} */ each) => axis.r2l(each));
  return first + ((last - first) * pixels) / axis._length;
}

/**
 * Write what every line is at a moment; without one, at the end of what is shown.
 *
 * @param {number | null} at [ms of the displayed clock]
 */
function write(at) {
  const axis = cursor?.plot._fullLayout?.xaxis;
  if (!cursor || !axis) return;
  cursor.at = at;
  const moment = at ?? axis.r2l(axis.range[1]);
  const lines = toldAt(cursor.plot, moment);
  const { page, plot } = cursor;
  const near = (/** @type {number} */ time) => Math.abs(time - moment);
  const times = [...lines.values()].map(({ time }) => time);
  const time = times.sort((one, other) => near(one) - near(other)).at(0);
  eachRow(page, (row, tag) => {
    const line = lines.get(tag);
    fill(row, line ? { ...line, own: ownTime(line.time, time, axis) } : nothingOf(plot, tag));
  });
  head(cursor.page, "value", time === undefined ? "" : timeText(time, axis));
  head(cursor.page, "before", whenOf(lines, time));
  indicators.fill(page, plot, time);
  draw(at === null || time === undefined ? null : time);
}

/**
 * @param {Map<string, Told>} lines
 * @param {number | undefined} time
 * @returns {string} when what is compared with that moment was
 */
function whenOf(lines, time) {
  const there = [...lines.values()].find((line) => line.time === time && line.when);
  return there?.when || "";
}

/**
 * @param {*} plot
 * @param {string} tag
 * @returns {{ range?: string }} what is told of a tag without a point
 */
const nothingOf = (plot, tag) =>
  plot.layout?.meta?.left_out?.includes(tag) ? { range: t("no span: not drawn here") } : {};

/**
 * @param {*} plot
 * @param {number} moment [ms of the displayed clock]
 * @returns {Map<string, Told>} what is told of each tag that has a point
 */
function toldAt(plot, moment) {
  /** @type {Map<string, Told>} */
  const lines = new Map();
  for (const [tag, parts] of partsOf(plot)) {
    const line = told(parts, moment);
    if (line) lines.set(tag, line);
  }
  return lines;
}

/** Signs of two extremes that a phone has room for beside value and state [characters]. */
const BESIDE = 17;

/** @param {string} range @returns {boolean} whether a phone has no room for it there */
export const isLong = (range) => range.length > BESIDE;

/** @param {Element} row @param {string} range */
const placeRange = (row, range) =>
  row.querySelector(".legend__range")?.classList.toggle("is-long", isLong(range));

/**
 * @param {Element} row
 * @param {Partial<Told> & { own?: string }} line `own`: its time, where the head says another
 */
function fill(row, line) {
  const { value = "", own = "", range = "", readings = "", before: then = "", delta = "" } = line;
  const compared = { ".legend__before": then, ".legend__delta": delta };
  const ownTold = `${own} `.trimStart(); // a blank stands between it and the value
  const cells = { ".legend__value small": ownTold, ".legend__value b": value, ...compared };
  const others = { ".legend__range": range, ".legend__readings": readings };
  for (const [place, text] of Object.entries({ ...cells, ...others })) {
    const node = row.querySelector(place);
    if (node && node.textContent !== text) node.textContent = text;
  }
  placeRange(row, range);
}

/**
 * @param {number | null} time where the line stands [ms of the displayed clock]
 */
function draw(time) {
  if (!cursor) return;
  const { page, plot } = cursor;
  const [line, axis] = [part(page, "chart__cursor"), plot._fullLayout.xaxis];
  if (!line) return;
  // l2p, not r2p: that takes a number for an instant and adds the offset of the browser's own zone.
  const at = time === null ? -1 : axis.l2p(time);
  line.hidden = time === null || at < 0 || at > axis._length;
  if (line.hidden || time === null) return;
  const size = plot._fullLayout._size;
  line.dataset.time = shortTime(timeText(time, axis), axis);
  line.style.setProperty("--at", `${axis._offset + at}px`);
  line.style.setProperty("--top", `${size.t}px`);
  line.style.setProperty("--height", `${size.h}px`);
}

/** @returns {Point[]} the points of the first line */
function firstLine() {
  const [first] = cursor ? partsOf(cursor.plot).values() : [];
  return first?.line?.points || [];
}

/**
 * Move the cursor by one point of the first line; the rows told of its last one without a cursor.
 *
 * @param {1 | -1} direction
 */
function step(direction) {
  const points = firstLine();
  if (!cursor || !points.length) return;
  const at = cursor.at ?? points[points.length - 1].x;
  const later = points.find(({ x }) => x > at);
  const earlier = points.filter(({ x }) => x < at).pop();
  const next = direction > 0 ? later : earlier;
  if (next) write(next.x);
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (!(target instanceof Element) || !target.matches(".chart") || !cursor) return;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return;
  event.preventDefault();
  step(key === "ArrowRight" ? 1 : -1);
});
