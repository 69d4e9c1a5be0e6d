/** Excursions in a chart: bars at the top of the lanes, and the file of those that are listed. */
import { root } from "../dash.mjs";
import * as cursor from "./cursor.mjs";
import * as spans from "./spans.mjs";
import * as url from "./url.mjs";

/** @import { Shown } from "./types.mjs" */
/** @import { Span } from "./spans.mjs" */

/** The class of a bar, and how thick it is [px], as in context.css; the critical ones last. */
const KINDS = /** @type {const} */ ([
  ["chart__outside", 4, "warn"],
  ["chart__outside chart__outside--critical", 8, "crit"],
]);

/**
 * @typedef {object} Bar in UTC
 * @property {string} tag
 * @property {string} mark that of the tag
 * @property {number} start [ms]
 * @property {number} stop [ms]
 * @property {boolean} critical
 */

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
    spans.shown(name).flatMap((span) => {
      const lane = spans.laneOf(plot, span.tag || "");
      if (!lane) return [];
      return [shape(lane, span, spans.beside(plot, span).down, thick, colour(ink))];
    }),
  );
}

/**
 * What says in a picture whose the bars are, where tags share a lane.
 *
 * @param {*} plot plotly's element
 * @param {string} color
 * @returns {object[]}
 */
export function marks(plot, color) {
  return KINDS.flatMap(([name]) =>
    spans.shown(name).flatMap((span) => {
      const lane = spans.laneOf(plot, span.tag || "");
      if (!lane) return [];
      const { mark, down } = spans.beside(plot, span);
      if (!mark) return [];
      const { from, inside } = spans.beginning(plot, span);
      const place = { xref: "x domain", x: from, xanchor: inside ? "left" : "right" };
      const high = { yref: `${lane._id} domain`, y: 1, yanchor: "middle", yshift: -down - 4 };
      return [{ ...place, ...high, text: mark, showarrow: false, font: { size: 9, color } }];
    }),
  );
}

/**
 * @param {number} at [ms of the displayed clock]
 * @returns {string} as text: a number plotly takes for an instant, and shows it in the browser's
 *   own zone
 */
const text = (at) => new Date(at).toISOString().slice(0, -1);

/**
 * @param {*} lane its axis
 * @param {Span} span [ms of the displayed clock]
 * @param {number} down below the top of the lane [px]
 * @param {number} thick [px]
 * @param {string} color
 * @returns {object}
 */
function shape(lane, { start, stop }, down, thick, color) {
  const [x0, x1] = [start, stop].map(text);
  const [y0, y1] = [1 - (down + thick) / lane._length, 1 - down / lane._length];
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
