/** The last hours of one tag as a curve: mean, least and greatest, its limits, its alarms. */
import { written } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { now } from "../model/model.mjs";
import { isState, letters, stateWord } from "../model/texts.mjs";
import { slug } from "../../words.mjs";
import { el, svg } from "./dom.mjs";

/** @import { Details, Model } from "../../types.mjs" */
/** @typedef {{ low: number, high: number, start: number, stop: number, width: number }} Frame */

const HOUR = 3600000;
const [LEFT, RIGHT, TOP, HEIGHT, BOTTOM] = [56, 8, 8, 120, 18];
/** Two marks of a bucket farther apart than this are not joined [ms]. */
const APART = 300000;
/** Of two angles farther apart than this the way between them leads over north [°]. */
const HALF_TURN = 180;
const ALARMS = ["WARNING", "CRITICAL"];
/** Values of a state that the axis names at most. */
const MOST_STATES = 8;
const WIDE = 640;
const NARROW = 340;

/** @param {Frame} frame @param {number} moment @returns {number} [px] */
const across = ({ start, stop, width }, moment) =>
  LEFT + ((moment - start) / (stop - start)) * (width - LEFT - RIGHT);

/** @param {Frame} frame @param {number} value @returns {number} [px] */
const down = ({ low, high }, value) => TOP + (1 - (value - low) / (high - low)) * HEIGHT;

/**
 * @param {Details["curve"]} curve
 * @param {number[]} crossed limits that must be seen
 * @returns {[number, number] | null} what the axis reaches from and to; null without a number
 */
function rangeOf({ low, high }, crossed) {
  const known = [...low, ...high].filter((each) => each !== null).concat(crossed);
  if (!known.length) return null;
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const room = (most - least || Math.abs(most) || 1) * 0.08;
  return [least - room, most + room];
}

/**
 * @param {number} low
 * @param {number} high
 * @returns {number[]} three to six round numbers between two
 */
function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((each) => each * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/**
 * @param {Details["curve"]} curve of a state
 * @returns {number[]} the values that it had: between two of them there is none
 */
const held = ({ mean }) => [...new Set(mean.filter((each) => each !== null))].slice(0, MOST_STATES);

/**
 * @param {Frame} frame
 * @param {Details["curve"]} curve
 * @param {string} kind of the tag: a state holds until the next one, an angle is not drawn the long
 *   way round
 * @returns {[string, string]} path data of the band and of the line; a gap stays a gap
 */
export function paths(frame, curve, kind) {
  let [mean, band] = ["", ""];
  let [last, before] = [-Infinity, 0];
  curve.at.forEach((moment, k) => {
    if (curve.mean[k] === null || moment < frame.start) return;
    const x = across(frame, moment).toFixed(1);
    const y = down(frame, curve.mean[k]).toFixed(1);
    const follows = kind === "state" ? "H" + x + "V" + y : "L" + x + "," + y;
    const turns = kind === "angle" && Math.abs(curve.mean[k] - before) > HALF_TURN;
    mean += moment - last > APART || turns ? "M" + x + "," + y : follows;
    const [top, bottom] = [curve.high[k], curve.low[k]].map((each) => down(frame, each).toFixed(1));
    band += "M" + x + "," + top + "V" + bottom;
    [last, before] = [moment, curve.mean[k]];
  });
  return [band, mean];
}

/**
 * @param {Frame} frame
 * @param {(number | null)[]} limits
 * @param {number} digits
 * @returns {SVGElement[]} the limits that are in view, each by its letters
 */
function limitLines(frame, limits, digits) {
  const right = frame.width - RIGHT;
  return limits.flatMap((limit, k) => {
    if (limit === null || limit <= frame.low || limit >= frame.high) return [];
    const y = down(frame, limit);
    const kind = k % 3 ? "warning" : "critical";
    const word = letters()[k] + " " + written(limit, digits);
    return [
      svg("path", { class: "eight__limit eight__limit--" + kind, d: `M${LEFT},${y}H${right}` }),
      svg(
        "text",
        { class: "eight__halo", x: LEFT + 6, y: k % 3 === (k < 2 ? 1 : 0) ? y - 4 : y + 12 },
        word,
      ),
    ];
  });
}

/**
 * @param {Frame} frame
 * @param {Details["changes"]} changes
 * @returns {SVGElement[]} a bar at the upper edge for each alarm
 */
function alarmBars(frame, changes) {
  return changes.flatMap(([since, state, seconds]) => {
    const from = Math.max(since, frame.start);
    const until = since + seconds * 1000;
    if (!ALARMS.includes(state) || until <= from) return [];
    const [x, end] = [across(frame, from), across(frame, Math.min(until, frame.stop))];
    return [
      svg("rect", { class: "share share--" + slug(state), x, y: 0, width: end - x, height: 5 }),
    ];
  });
}

/**
 * @param {Frame} frame
 * @param {string} zone
 * @param {number[]} levels
 * @param {function(number): string} word of a level
 * @returns {SVGElement[]} grid lines with their numbers or words, and hours
 */
function grid(frame, zone, levels, word) {
  const right = frame.width - RIGHT;
  const level = levels.flatMap((each) => {
    const y = down(frame, each);
    const place = { x: LEFT - 6, y: y + 4, "text-anchor": "end" };
    return [
      svg("path", { class: "eight__grid", d: `M${LEFT},${y}H${right}` }),
      svg("text", place, word(each)),
    ];
  });
  const every = frame.width === WIDE ? HOUR : 2 * HOUR;
  const first = Math.ceil(frame.start / every) * every;
  const count = Math.floor((frame.stop - first) / every) + 1;
  const hours = Array.from({ length: count }, (_, k) => {
    const moment = first + k * every;
    const place = { x: across(frame, moment), y: TOP + HEIGHT + 14, "text-anchor": "middle" };
    return svg("text", place, format.short(moment, zone, frame.stop));
  });
  return [...level, ...hours.slice(0, -1)];
}

/**
 * @param {Model} model
 * @param {Details["curve"]} curve
 * @returns {number} where the axis ends: now, so that what was silent since does not reach it
 *   [ms since 1970]
 */
export const edge = (model, { at }) => Math.max(now(model) || 0, at[at.length - 1] + APART / 2);

/**
 * @param {Details} body
 * @param {Model} model
 * @param {number} i
 * @returns {HTMLElement | null} the curve with its heading; null where nothing is known
 */
export function curve({ curve: told, changes, digits }, model, i) {
  if (!told || !told.at.length) return null;
  const limits = model.limits[i] || [];
  const crossed = model.crossed[i] ? [limits[model.crossed[i][0]]] : [];
  const range = rangeOf(told, /** @type {number[]} */ (crossed.filter((each) => each !== null)));
  if (!range) return null;
  const stop = edge(model, told);
  const width = window.innerWidth > 700 ? WIDE : NARROW;
  const frame = { low: range[0], high: range[1], start: stop - 8 * HOUR, stop, width };
  const box = { viewBox: `0 0 ${width} ${TOP + HEIGHT + BOTTOM}`, class: "eight" };
  const steps = isState(model, i);
  const levels = steps ? held(told) : ticks(...range);
  const word = (/** @type {number} */ each) =>
    stateWord(model, i, each) ?? written(each, steps ? 0 : digits);
  const [band, mean] = paths(frame, told, model.kinds[i]);
  const drawn = [
    grid(frame, model.zone, levels, word),
    svg("path", { class: "eight__band", d: band }),
    svg("path", { class: "eight__mean", d: mean }),
    limitLines(frame, limits, digits),
  ];
  const node = svg("svg", { ...box, role: "img", "aria-label": t("Last 8 hours") });
  node.append(...drawn.flat(), ...alarmBars(frame, changes || []));
  const what =
    model.kinds[i] === "value" ? t("mean, least and greatest of 2 min") : t("last of 2 min");
  const title = el("h3", {}, t("Last 8 hours"), " ", el("small", {}, what));
  return el("section", { class: "details__curve" }, title, node);
}
