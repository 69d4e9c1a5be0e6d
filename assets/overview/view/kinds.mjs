/**
 * What a card shows in the place of the curve: of a state a day of its values, of a counter what
 * each hour added, of an angle a dial. All but the dial's hand is painted once a minute.
 */
import { written } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { now } from "../model/model.mjs";
import { TURN } from "../model/texts.mjs";
import { attribute, svg, text as write } from "./dom.mjs";

/** @import { Hour, Model, Series } from "../../types.mjs" */
/** @import { Spark } from "./spark.mjs" */

/**
 * What is painted of a card.
 *
 * @typedef {object} Parts
 * @property {number} i its tag
 * @property {Spark} spark
 * @property {Record<"most" | "least" | "lasts" | "quiet", Text>} text
 * @property {{ arc: SVGElement } | null} dial
 */

const [DAY, HOUR] = [86400000, 3600000];
/** After so many minutes without a newer answer the ends of an arc are those of another hour. */
const RECENT = 5;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** The dial: middle and radius in its own units. */
const [MIDDLE, RADIUS] = [30, 26];
/** The width and height of a curve in its own units. */
const [WIDE, TALL] = [59, 63];
/** How high the block of the greatest value stands: on and off in one hour is half. */
const ON = 0.7;

/** @returns {Record<"node" | "arc" | "hand", SVGElement>} a dial and what moves on it */
export function dial() {
  const at = { cx: MIDDLE, cy: MIDDLE };
  const ring = svg("circle", { class: "dial__ring", ...at, r: RADIUS });
  const ticks = svg("path", { class: "dial__ticks", d: "M30,4v4M56,30h-4M30,56v-4M4,30h4" });
  const arc = svg("path", { class: "dial__arc" });
  const hand = svg("path", { class: "dial__hand", d: "M30,30V8" });
  const box = { class: "dial", viewBox: "0 0 60 60", "aria-hidden": "true" };
  const pin = svg("circle", { class: "dial__pin", ...at, r: 2.6 });
  return { node: svg("svg", box, ring, arc, ticks, hand, pin), arc, hand };
}

/**
 * @param {number[]} angles sorted, of a turn
 * @returns {[number, number]} where the shortest arc that holds them all begins, and how long it is
 */
function holding(angles) {
  let [widest, start] = [-1, 0];
  angles.forEach((angle, k) => {
    const before = angles[(k || angles.length) - 1] - (k ? 0 : TURN);
    if (angle - before > widest) [widest, start] = [angle - before, angle];
  });
  return [start, TURN - widest];
}

/**
 * @param {Series} spark
 * @returns {string} the directions of the last hour as an arc
 */
function arcOf({ low, high, mean }) {
  const step = (high - low) / TALL;
  const angles = [...mean]
    .filter((letter) => letter !== " ")
    .map((letter) => (((low + LETTERS.indexOf(letter) * step) % TURN) + TURN) % TURN)
    .sort((one, other) => one - other);
  if (!angles.length) return "";
  const [start, length] = holding(angles);
  const point = (/** @type {number} */ angle) => {
    const turn = (angle / TURN) * 2 * Math.PI;
    const [x, y] = [MIDDLE + RADIUS * Math.sin(turn), MIDDLE - RADIUS * Math.cos(turn)];
    return x.toFixed(1) + "," + y.toFixed(1);
  };
  const far = length > TURN / 2 ? 1 : 0;
  return `M${point(start)}A${RADIUS},${RADIUS} 0 ${far} 1 ${point(start + length)}`;
}

/**
 * @param {(number | null)[]} hours
 * @param {number} most
 * @param {number} share of its hour that a block takes
 * @returns {string} a block an hour as high as its number; nothing for 0 and for what is not known
 */
function blocks(hours, most, share) {
  const width = WIDE / hours.length;
  const filled = (share * width).toFixed(2);
  return hours
    .map((each, k) => {
      if (!each || each < 0 || !most) return "";
      const height = (each / most) * TALL;
      const [x, y] = [k * width, TALL - height].map((place) => place.toFixed(2));
      return `M${x},${y}h${filled}V${TALL}h-${filled}Z`;
    })
    .join("");
}

/**
 * @param {Hour[]} hours of a state
 * @param {number[]} values that have a word, the least first
 * @returns {string[]} a block for each value that an hour had, the higher the greater that is, and
 *   a line along where it was the least
 */
export function steps(hours, values) {
  const width = WIDE / hours.length;
  const rank = (/** @type {number} */ value) =>
    Math.max(0, values.filter((each) => each <= value).length - 1) / (values.length - 1);
  let [high, low] = ["", ""];
  hours.forEach((each, k) => {
    const shares = Array.isArray(each) ? each.map(rank) : [each];
    const wide = width / shares.length;
    shares.forEach((share, part) => {
      if (share === null) return;
      const [x, length] = [k * width + part * wide, wide].map((place) => place.toFixed(2));
      const top = (TALL - share * ON * TALL).toFixed(2);
      if (share) high += `M${x},${top}h${length}V${TALL}h-${length}Z`;
      if (share === 0 || (share < 1 && !Array.isArray(each))) low += `M${x},${TALL}h${length}`;
    });
  });
  return [high, low];
}

/**
 * Paint what stands for the curve of a state, counter or angle.
 *
 * @param {Parts} card
 * @param {Model} model
 * @returns {boolean} whether the tag is of such a kind and something is known
 */
export function paint(card, model) {
  const { i } = card;
  const series = model.sparks && model.sparks[i];
  if (card.dial) attribute(card.dial.arc, "d", (series && arcOf(series)) || null);
  const hours = model.hours[i];
  const painted = { state: paintState, counter: paintCounter }[model.kinds[i]];
  if (!hours || !painted) return false;
  for (const part of [card.spark.band, card.spark.limit, card.spark.bad])
    attribute(part, "d", null);
  painted(card, model, hours);
  return true;
}

/**
 * Paint the greatest and the least of the hour, the two numbers of its curve; of an angle where the
 * arc of the hour begins and ends.
 *
 * @param {Parts} card
 * @param {Model} model
 * @param {Series | null} spark
 */
export function paintEnds({ i, text, dial: onDial }, model, spark) {
  const told = (/** @type {number} */ end) => (isNaN(end) ? "" : written(end, model.digits[i]));
  const ends = spark ? [told(spark.high), told(spark.low)] : ["", ""];
  const [most, least] = onDial ? arcTexts(model, i) : ends;
  write(text.most, most);
  write(text.least, least === most ? "" : least);
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {[string, string]} "from 319°" and "to 9°", clockwise; "9°" and "" where that is one
 */
function arcTexts(model, i) {
  const arc = model.arcs[i];
  if (!arc || (model.minute ?? 0) > RECENT) return ["", ""];
  const [from, to] = arc.map((end) => (written(end, model.digits[i]) + turnUnit(model, i)).trim());
  return from === to
    ? [from, ""]
    : [t("from %(angle)s", { angle: from }), t("to %(angle)s", { angle: to })];
}

/** @param {Model} model @param {number} i @returns {string} "°", " deg" */
const turnUnit = (model, i) => (model.units[i] === "°" ? "" : " ") + model.units[i];

/**
 * @param {Parts} card
 * @param {Model} model
 * @param {Hour[]} hours in which the state was on, or what it was
 */
function paintState({ i, spark, text }, model, hours) {
  const [off, on] = stateWords(model, i);
  const [high, low] = steps(hours, valuesOf(model, i));
  attribute(spark.bars, "d", high || null);
  attribute(spark.mean, "d", low || null);
  write(text.most, on);
  write(text.least, off);
  write(text.lasts, t("last %(span)s", { span: format.span(DAY) }));
}

/**
 * @param {Parts} card
 * @param {Model} model
 * @param {Hour[]} hours what each of them added [unit]
 */
function paintCounter({ i, spark, text }, model, hours) {
  // What its first hour added is never known: it went on from a reading before these hours.
  const numbers = /** @type {(number | null)[]} */ (hours);
  const told = numbers.slice(1);
  const known = told.filter((each) => each !== null);
  const most = Math.max(0, ...known);
  const sum = known.reduce((all, each) => all + each, 0);
  attribute(spark.bars, "d", blocks(numbers, most, 0.8) || null);
  attribute(spark.mean, "d", null);
  write(text.most, written(most, model.digits[i]));
  write(text.least, "0");
  write(text.lasts, t("each of %(n)s h", { n: told.length }));
  const from = (model.hour?.last_hour ?? NaN) - (told.length - 1) * HOUR;
  const whole = known.length === told.length && Number.isFinite(from);
  const time = whole ? format.short(from, model.zone, now(model)) : "";
  const added = " +" + written(sum, model.digits[i]);
  write(text.quiet, whole ? t("since %(time)s", { time }) + added : "");
}

/** @param {number[]} values @returns {boolean} */
const isOnOrOff = (values) => values.includes(0) && values.length < 3;

/** @param {Model} model @param {number} i @returns {number[]} that have a word, the least first */
const valuesOf = (model, i) =>
  Object.keys(model.states[i] || {})
    .map(Number)
    .sort((one, other) => one - other);

/**
 * @param {Model} model
 * @param {number} i
 * @returns {[string, string]} what low and high stand for, from above: the word of 0, and that of
 *   the other; of a state that is not on or off that of the least value, and those of all others
 */
export function stateWords(model, i) {
  const words = model.states[i] || {};
  const values = valuesOf(model, i);
  if (!values.length) return ["0", "1"];
  const low = values.length > 1 && !isOnOrOff(values) ? values[0] : 0;
  const others = values.filter((value) => value !== low).reverse();
  return [words[low] || "", others.map((value) => words[value]).join(" / ")];
}
