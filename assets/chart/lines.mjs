/** What a drawn trend holds, as its cursor reads it: points of each tag, and their texts. */
import { written } from "../digits.mjs";
import { t } from "../messages.mjs";
import { OFFSET } from "./times.mjs";

/** @typedef {{ x: number, y: number, i: number }} Point time of the displayed clock [ms], place */
/**
 * From a time of the displayed clock on [ms]: how much less the earlier clock read [ms], null where
 * there is no such time, and its offset.
 *
 * @typedef {[number, number | null, string]} Piece
 */
/**
 * @typedef {object} Trace one part of a tag's drawing
 * @property {{ tag: string, part: string, digits: number, more?: number, pieces?: Piece[],
 *   counted?: boolean, levels?: string }} meta `levels`: of each point 0, 1 (beyond a limit that
 *   warns) or 2 (beyond a critical one)
 * @property {string[]} [text] words of a state
 * @property {ArrayLike<number>} [customdata] readings behind each point; of an indicator a number
 *   that is told beside it, with the digits `more`
 * @property {Point[]} points
 */
/**
 * `line`, and where they are drawn `min`, `max`, `bad`, and indicators by their column; of a
 * comparison `before`, which draws nothing.
 *
 * @typedef {Record<string, Trace>} Parts
 */
/**
 * @typedef {object} Told what a row says of one moment
 * @property {number} time of the point [ms of the displayed clock]
 * @property {string} value
 * @property {string} range
 * @property {string} readings
 * @property {string} [before] the value that it is compared with
 * @property {string} [delta] this less the other
 * @property {string} [when] the other is of
 */

/** Milliseconds; a longer window says the day under its cursor. */
const DAY = 86_400_000;
/** Share of the shown time from which on a point lies visibly beside the cursor. */
const ASIDE = 0.01;
/** Digits of a millisecond. */
const MILLI = 3;

/** What was read of a figure, by plotly's own list of its points. @type {WeakMap<object, *>} */
const read = new WeakMap();

/**
 * @param {*} plot plotly's element
 * @returns {Map<string, Parts>} the parts of each tag, in the order of the lines
 */
export function partsOf(plot) {
  const drawn = plot.calcdata || [];
  if (!read.has(drawn)) read.set(drawn, partsIn(drawn));
  return read.get(drawn);
}

/** @param {*[][]} drawn @returns {Map<string, Parts>} */
function partsIn(drawn) {
  /** @type {Map<string, Parts>} */
  const tags = new Map();
  for (const points of drawn) {
    const trace = points[0]?.trace;
    if (!trace?.meta?.tag) continue;
    const { meta, text, customdata } = trace;
    const parts = tags.get(meta.tag) || {};
    parts[meta.part] = { meta, text, customdata, points: pointsIn(points) };
    tags.set(meta.tag, parts);
  }
  return tags;
}

/**
 * @param {{ x?: number, y?: number }[]} points as plotly holds them: where a line breaks, without
 *   a time
 * @returns {Point[]} those that have a value
 */
const pointsIn = (points) =>
  points.flatMap(({ x, y }, i) => (x === undefined || y === undefined ? [] : [{ x, y, i }]));

/**
 * @param {Point[]} points in the order of time
 * @param {number} at [ms of the displayed clock]
 * @returns {Point | undefined} the nearest one
 */
export function nearest(points, at) {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle].x < at) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [points[low - 1], points[low]];
  if (!before || !after) return before || after;
  return after.x - at < at - before.x ? after : before;
}

/**
 * @param {Trace | undefined} trace
 * @param {number} at [ms of the displayed clock]
 * @param {boolean} [isBeside] whether the number beside it is meant
 * @returns {string} the number of the point there with the digits of the table, the word of a state
 */
export function text(trace, at, isBeside = false) {
  const point = trace && nearest(trace.points, at);
  if (!trace || !point || point.x !== at) return "";
  if (isBeside) return written(trace.customdata?.[point.i], trace.meta.more ?? 0);
  return trace.text ? trace.text[point.i] : written(point.y, trace.meta.digits);
}

/** Sign and word of each level, as badges have them. @type {(function(): string)[]} */
const LEVELS = [() => "", () => "▲ " + t("WARNING"), () => "⬢ " + t("CRITICAL")];

/**
 * @param {Parts} parts
 * @param {Point} point of the line
 * @returns {string} how many readings a point is of, how many were left out of it, and which
 *   limit lay within them
 */
function readings({ line, bad }, { x, i }) {
  const n = line.customdata?.[i] ?? 0;
  const level = LEVELS[Number(line.meta.levels?.[i] ?? 0)]();
  return [n && written(n, 0), leftOut(bad, x), level].filter(Boolean).join(" · ");
}

/**
 * @param {Trace | undefined} bad
 * @param {number} at [ms of the displayed clock]
 * @returns {string} how many readings were left out of the point there; empty without any
 */
function leftOut(bad, at) {
  const mark = bad?.points.find((point) => point.x === at);
  const left = (mark && bad?.customdata?.[mark.i]) || 0;
  return left ? t("%(n)s left out", { n: written(left, 0) }) : "";
}

/**
 * @param {number} delta
 * @param {number} digits
 * @returns {string} a difference with its sign; nothing where there is none
 */
function signed(delta, digits) {
  if (Number.isNaN(delta)) return "";
  const sign = delta > 0 ? "+" : delta < 0 ? "−" : "";
  return sign + written(Math.abs(delta), digits);
}

/**
 * @param {Trace | undefined} trace
 * @param {number} at [ms of the displayed clock]
 * @returns {Partial<Told>} what a point is compared with
 */
function compared(trace, at) {
  if (!trace) return {};
  const { digits, pieces = [], counted } = trace.meta;
  const piece = pieces.filter(([since]) => since <= at).at(-1);
  const when = piece && piece[1] !== null ? clockText(at - piece[1]) + piece[2] : "";
  const point = nearest(trace.points, at);
  if (!point || point.x !== at) return { when };
  const value = text(trace, at);
  const delta = signed(trace.customdata?.[point.i] ?? NaN, digits);
  return { before: counted ? t("%(n)s counted", { n: value }) : value, delta, when };
}

/** @param {number} time of a clock [ms] @returns {string} as the table writes it */
const clockText = (time) => new Date(time).toISOString().slice(0, 19).replace("T", " ");

/**
 * @param {Parts} parts of one tag
 * @param {number} at [ms of the displayed clock]
 * @returns {Told | null} null without a point
 */
export function told(parts, at) {
  const point = parts.line && nearest(parts.line.points, at);
  if (!point) return null;
  const [low, high] = [text(parts.min, point.x), text(parts.max, point.x)];
  return {
    time: point.x,
    value: text(parts.line, point.x),
    range: parts.line.text || !low ? "" : `${low} – ${high}`,
    readings: readings(parts, point),
    ...compared(parts.before, point.x),
  };
}

/**
 * @param {number} time of the displayed clock [ms]
 * @param {{ hoverformat?: string, labelalias?: Record<string, string> }} axis
 * @returns {string} the time as the table writes it: an axis has one offset, and names the others
 */
export function timeText(time, axis) {
  const form = axis.hoverformat || "";
  const end = form.slice(form.lastIndexOf("S") + 1).replace(".%L", "");
  const precise = form.includes("%L");
  const iso = new Date(time).toISOString();
  const fraction = precise ? "." + String(Math.floor(time) % 1000).padStart(MILLI, "0") : "";
  const name = iso.slice(0, 10) + " " + iso.slice(11, 19) + fraction + end;
  return axis.labelalias?.[name] ?? name;
}

/**
 * @param {string} text a time as the table writes it
 * @param {*} axis
 * @returns {string} it as it stands under the cursor: the day where the window has several, and the
 *   offset where it has two
 */
export function shortTime(text, axis) {
  const [first, last] = axis.range.map((/** @type {*} */ each) => axis.r2l(each));
  const day = last - first > DAY ? `${text.slice(5, 10)} ` : "";
  const offset = axis.labelalias ? text.slice(-OFFSET) : "";
  return day + text.slice(11, 19).replace(/:00$/, "") + offset;
}

/**
 * The nearest point of a tag that has fallen silent, or of a gap, may be hours from the time that
 * stands over its column: such a value carries its own.
 *
 * @param {number} at of a row's point [ms of the displayed clock]
 * @param {number | undefined} time that the head of the column says
 * @param {*} axis
 * @returns {string} the time of the point, where it is visibly another
 */
export function ownTime(at, time, axis) {
  const [first, last] = axis.range.map((/** @type {*} */ each) => axis.r2l(each));
  const isAside = time !== undefined && Math.abs(at - time) > ASIDE * (last - first);
  return isAside ? shortTime(timeText(at, axis), axis) : "";
}
