/**
 * The last hour and day of every tag, as the page has them once a minute; they move on between two
 * answers.
 */
import { now, passed } from "./model.mjs";

/** @import { Model, SparkColumns, Sparklines } from "../../types.mjs" */

const HOUR = 3600000;

/**
 * Take in the answer of `/overview/sparklines`. It comes once a minute; a height is one letter of
 * 64 (0 at the bottom of the hour's range), a blank is a minute without readings. Without lines it
 * says why there are none: what was shown stays, and is asked for with the next frame.
 *
 * @param {Model} model
 * @param {Sparklines} answer
 * @returns {boolean} whether there are lines
 */
export function takeHour(model, answer) {
  model.hourTrouble = answer.error ? answer : null;
  if (!answer.lines) return false;
  model.hour = answer;
  model.hourAt = performance.now();
  model.minute = null;
  moveHour(model);
  return true;
}

/**
 * Move the lines to the left as time goes on without newer ones.
 *
 * @param {Model} model
 * @returns {boolean} whether they moved
 */
export function moveHour(model) {
  const { hour } = model;
  const minute = passed(model);
  if (!hour || minute === null) return false;
  model.minute = minute;
  model.sparks = moved(model, hour, minute);
  model.days = movedDays(model, hour);
  model.hours = movedHours(model, hour);
  model.held = placed(model, hour.names, hour.held);
  model.arcs = placed(model, hour.names, hour.arcs);
  model.sparkSeq += 1;
  return true;
}

/**
 * @param {Model} model
 * @param {SparkColumns} hour
 * @param {number} minute
 * @returns {Model["sparks"]}
 */
function moved(model, hour, minute) {
  const sparks = new Array(model.n).fill(null);
  hour.names.forEach((name, k) => {
    const [low, high, ...lines] = hour.lines[k];
    const i = model.index.get(name);
    if (!lines.length || i === undefined) return;
    const left = lines.map((line) => line.slice(minute).padEnd(line.length));
    const bad = left.length % 2 ? "" : left.pop();
    const [mean, min = mean, max = mean] = left;
    sparks[i] = { low: low ?? NaN, high: high ?? NaN, mean, min, max, bad };
  });
  return sparks;
}

/**
 * @param {Model} model
 * @param {SparkColumns} answer
 * @returns {Model["days"]} what has passed since is not known
 */
function movedDays(model, { names, days, last_hour: last }) {
  const found = new Array(model.n).fill(null);
  const hours = Math.max(0, Math.floor((now(model) - (last ?? NaN)) / HOUR));
  days.forEach((day, k) => {
    const i = model.index.get(names[k]);
    if (i !== undefined) found[i] = day.slice(hours).padEnd(day.length, "-");
  });
  return found;
}

/**
 * @param {Model} model
 * @param {SparkColumns} answer
 * @returns {Model["hours"]} what has passed since is not known
 */
function movedHours(model, { names, by_hour: rows, last_hour: last }) {
  const hours = Math.max(0, Math.floor((now(model) - (last ?? NaN)) / HOUR));
  const found = placed(model, names, rows);
  for (const [i, row] of Object.entries(found)) {
    found[Number(i)] = row.slice(hours).concat(row.slice(0, hours).map(() => null));
  }
  return found;
}

/**
 * @template Each
 * @param {Model} model
 * @param {string[]} names
 * @param {Record<string, Each>} [rows] by the place of their tag among the names
 * @returns {Record<number, Each>} by the place of the tag now
 */
function placed(model, names, rows = {}) {
  /** @type {Record<number, Each>} */
  const found = {};
  for (const [k, row] of Object.entries(rows)) {
    const i = model.index.get(names[Number(k)]);
    if (i !== undefined) found[i] = row;
  }
  return found;
}
