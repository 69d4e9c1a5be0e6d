/** Excursions in a chart: bars at the top of the lanes, and the file of those that are listed. */
import { root } from "../dash.mjs";
import * as cursor from "./cursor.mjs";
import * as spans from "./spans.mjs";
import * as url from "./url.mjs";

/** @import { Shown } from "./types.mjs" */

/** The class of a bar, and how thick it is [px], as in context.css; the critical ones last. */
const KINDS = /** @type {const} */ ([
  ["chart__outside", 4, "warn"],
  ["chart__outside chart__outside--critical", 8, "crit"],
]);

/** @typedef {{ tag: string, start: number, stop: number, critical: boolean }} Bar in UTC [ms] */

const MINUTE = 60_000;
/** @type {Bar[]} */
let bars = [];
/** That of the displayed clock [min]. */
let offset = 0;

/** Another page comes up: the bars of the one before are not of its chart. */
export const begin = () => (bars = []);

/** Draw the bars of a chart; those before are gone. @param {Bar[]} told */
export function show(told) {
  bars = told;
  draw();
}

/** A chart has another clock: its bars stay at their instants. @param {number} minutes */
export function move(minutes) {
  if (minutes === offset) return;
  offset = minutes;
  draw();
}

/** The bars as the clock of the chart has them. */
function draw() {
  const moved = offset * MINUTE;
  KINDS.forEach(([name], critical) => {
    const some = bars.filter((bar) => bar.critical === Boolean(critical));
    const placed = some.map((bar) => ({
      ...bar,
      start: bar.start + moved,
      stop: bar.stop + moved,
    }));
    spans.show(cursor.chart(), name, placed);
  });
}

/**
 * The bars as shapes of plotly's, for a picture: there what lies over a chart is not drawn.
 *
 * @param {*} plot plotly's element
 * @param {(name: string) => string} colour
 * @returns {object[]}
 */
export function shapes(plot, colour) {
  return KINDS.flatMap(([name, thick, ink]) =>
    spans.shown(name).flatMap(({ tag = "", start, stop }) => {
      const lane = spans.laneOf(plot, tag);
      return lane ? [shape(lane, start, stop, thick, colour(ink))] : [];
    }),
  );
}

/**
 * @param {*} lane its axis
 * @param {number} start [ms of the displayed clock]
 * @param {number} stop
 * @param {number} thick [px]
 * @param {string} color
 * @returns {object}
 */
function shape(lane, start, stop, thick, color) {
  // As text: a number plotly takes for an instant, and shows it in the browser's own zone.
  const [x0, x1] = [start, stop].map((at) => new Date(at).toISOString().slice(0, -1));
  const [y0, y1] = [1 - thick / lane._length, 1];
  const place = { xref: "x", yref: `${lane._id} domain`, x0, x1, y0, y1 };
  return { type: "rect", ...place, fillcolor: color, line: { width: 1, color } };
}

/**
 * Let the link lead to the excursions that are listed, as a file.
 *
 * @param {string} page
 * @param {Shown} shown
 * @param {string | null} select the stretch that is selected
 */
export function link(page, shown, select) {
  const place = document.getElementById(`${page}-excursions-csv`);
  const { tag, tz } = shown.query;
  const [start, stop] = select ? select.split("/") : [shown.start, shown.stop];
  const query = url.query({ tag, start, stop, tz });
  place?.setAttribute("href", `${root()}api/v1/excursions.csv?${query}`);
}
