/** The last hours of one tag as a curve: mean, least and greatest, its limits, its alarms. */
import { written } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { now } from "../model/model.mjs";
import { isState, letters, stateWord } from "../model/texts.mjs";
import { slug } from "../../words.mjs";
import { el, svg } from "./dom.mjs";

/** @import { Details, Model } from "../../types.mjs" */
/** @typedef {{ low: number, high: number, start: number, stop: number }} Bounds */
/** @typedef {Bounds & { width: number, left: number }} Frame with where the plot begins [px] */

const HOUR = 3600000;
const [LEFT, RIGHT, TOP, HEIGHT, BOTTOM] = [56, 8, 8, 120, 18];
/** How wide a bucket is, and how much of the axis the last one has at least [ms]. */
const [BUCKET, LAST] = [120000, 150000];
/** How wide a letter of the axis is, the most letters of a word there, and half an hour's [px]. */
const [LETTER, MOST_LETTERS, HALF] = [6.6, 26, 18];
/** Of two angles farther apart than this the way between them leads over north [°]. */
const HALF_TURN = 180;
const ALARMS = ["WARNING", "CRITICAL"];
/** Values of a state that the axis names at most. */
const MOST_STATES = 8;
/** Decimals of the numbers at the axis, which are of 12 digits, at most. */
const MOST_DECIMALS = 20;
const WIDE = 640;
const NARROW = 340;

/** @param {Frame} frame @param {number} moment @returns {number} [px] */
const across = ({ start, stop, width, left }, moment) =>
  left + ((moment - start) / (stop - start)) * (width - left - RIGHT);

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
 * @param {number} gap longest allowed [s]: where more is empty the line breaks, as that of a chart
 * @returns {[string, string]} path data of the band and of the line
 */
export function paths(frame, curve, kind, gap) {
  const apart = BUCKET + (gap || 0) * 1000;
  let [mean, band] = ["", ""];
  let [last, before] = [-Infinity, 0];
  curve.at.forEach((moment, k) => {
    if (curve.mean[k] === null || moment < frame.start) return;
    const x = across(frame, moment).toFixed(1);
    const y = down(frame, curve.mean[k]).toFixed(1);
    const follows = kind === "state" ? "H" + x + "V" + y : "L" + x + "," + y;
    const turns = kind === "angle" && Math.abs(curve.mean[k] - before) > HALF_TURN;
    mean += moment - last > apart || turns ? "M" + x + "," + y : follows;
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
  const { left, width } = frame;
  const right = width - RIGHT;
  return limits.flatMap((limit, k) => {
    if (limit === null || limit <= frame.low || limit >= frame.high) return [];
    const y = down(frame, limit);
    const kind = k % 3 ? "warning" : "critical";
    const word = letters()[k] + " " + written(limit, digits);
    return [
      svg("path", { class: "eight__limit eight__limit--" + kind, d: `M${left},${y}H${right}` }),
      svg(
        "text",
        { class: "eight__halo", x: left + 6, y: k % 3 === (k < 2 ? 1 : 0) ? y - 4 : y + 12 },
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
 * @param {string[]} words of the levels
 * @returns {SVGElement[]} grid lines with their numbers or words, and hours
 */
function grid(frame, zone, levels, words) {
  const { left } = frame;
  const right = frame.width - RIGHT;
  const level = levels.flatMap((each, k) => {
    const y = down(frame, each);
    const place = { x: left - 6, y: y + 4, "text-anchor": "end" };
    return [
      svg("path", { class: "eight__grid", d: `M${left},${y}H${right}` }),
      svg("text", place, words[k]),
    ];
  });
  const every = frame.width === WIDE ? HOUR : 2 * HOUR;
  const first = Math.ceil(frame.start / every) * every;
  const count = Math.floor((frame.stop - first) / every) + 1;
  const hours = Array.from({ length: count }, (_, k) => first + k * every).flatMap((moment) => {
    const x = across(frame, moment);
    if (x + HALF > frame.width) return [];
    const place = { x, y: TOP + HEIGHT + 14, "text-anchor": "middle" };
    return [svg("text", place, format.short(moment, zone, frame.stop))];
  });
  return [...level, ...hours];
}

/** @param {number} round @returns {number} the least decimals that write it whole */
function decimals(round) {
  let digits = 0;
  while (digits < MOST_DECIMALS && Number(round.toFixed(digits)) !== round) digits += 1;
  return digits;
}

/** @param {string} word of a state @returns {string} as much of it as the axis has room for */
const cut = (word) => (word.length > MOST_LETTERS ? word.slice(0, MOST_LETTERS - 1) + "…" : word);

/**
 * @param {Model} model
 * @param {number} i
 * @param {number[]} levels
 * @returns {string[]} what stands at them: words of a state, else numbers, all with the decimals
 *   that the round ones need
 */
export function levelTexts(model, i, levels) {
  const digits = isState(model, i) ? 0 : Math.max(0, ...levels.map(decimals));
  return levels.map((each) => cut(stateWord(model, i, each) ?? written(each, digits)));
}

/** @param {string[]} texts @returns {number} where a plot begins that has them at its left [px] */
const beginning = (texts) => Math.max(LEFT, 8 + LETTER * Math.max(0, ...texts.map(format.breadth)));

/**
 * @param {Model} model
 * @param {Details["curve"]} curve
 * @returns {number} where the axis ends: now, so that what was silent since does not reach it
 *   [ms since 1970]
 */
export const edge = (model, { at }) => Math.max(now(model) || 0, at[at.length - 1] + LAST);

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
  const box = { viewBox: `0 0 ${width} ${TOP + HEIGHT + BOTTOM}`, class: "eight" };
  const levels = isState(model, i) ? held(told) : ticks(...range);
  const words = levelTexts(model, i, levels);
  const [low, high, start, left] = [...range, stop - 8 * HOUR, beginning(words)];
  const frame = { low, high, start, stop, width, left };
  const [band, mean] = paths(frame, told, model.kinds[i], model.gaps[i]);
  const drawn = [
    grid(frame, model.zone, levels, words),
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
