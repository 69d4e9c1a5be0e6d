/** The order of the table's rows: by one of its columns, pins first. */
import { limitText } from "./texts.mjs";
import { compare } from "./format.mjs";
import { wordsOf } from "./model.mjs";
import { pins } from "./order.mjs";

/** @import { Model, View } from "../../types.mjs" */

export const COLUMNS = [
  ...["tag", "time", "value", "unit", "age", "freshness"],
  ...["quality", "alarm", "reasons"],
];
/** Columns that a first click sorts from above. */
export const FIRST_DOWN = new Set(["age", "freshness", "alarm", "quality"]);
const STEADY = new Set(["tag", "unit"]);
const WORDS = new Set(["tag", "unit", "reasons"]);

/**
 * @param {string[]} words
 * @param {number} code
 * @returns {number} the place of a code in its order: what is not judged stands lowest
 */
const rank = (words, code) => (code === words.length - 1 ? -1 : code);

/** @param {Model} model @param {number} i @returns {number} */
const time = (model, i) => (Number.isFinite(model.time[i]) ? model.time[i] : -Infinity);

/**
 * What a column sorts by; what is absent stands lowest.
 *
 * @type {Record<string, function(Model, number): number | string>}
 */
const KEYS = {
  time,
  age: time,
  value: (model, i) => model.value[i] ?? -Infinity,
  freshness: (model, i) => model.fresh[i],
  quality: (model, i) => rank(model.qualities, model.quality[i]),
  alarm: (model, i) => rank(model.alarms, model.alarm[i]),
  unit: (model, i) => model.units[i],
  reasons: (model, i) => [limitText(model, i), ...wordsOf(model, i)].join(""),
  tag: (model, i) => model.names[i],
};

/** @param {*} a @param {*} b @returns {number} */
const numeric = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * @param {Model} model
 * @param {View} view
 * @param {number[]} tags
 * @returns {number[]} the tags in the order of the chosen column, pins before the others and equals
 *   in the order of the catalogue; as they came when no column is chosen
 */
export function sorted(model, view, tags) {
  if (!view.by) return tags;
  const pinned = pins(model, view);
  const keys = new Array(model.n);
  const pin = new Uint8Array(model.n);
  const keyOf = KEYS[view.by];
  for (const i of tags) {
    keys[i] = keyOf(model, i);
    pin[i] = pinned.has(i) ? 0 : 1;
  }
  const turn = (view.down ? -1 : 1) * (view.by === "age" ? -1 : 1);
  const order = WORDS.has(view.by) ? compare : numeric;
  return [...tags].sort((a, b) => pin[a] - pin[b] || turn * order(keys[a], keys[b]) || a - b);
}

/**
 * @param {Pick<View, "view" | "by">} view
 * @returns {boolean} whether the order of the rows can change with each frame
 */
export function moves(view) {
  return view.view === "table" && view.by !== null && !STEADY.has(view.by);
}
