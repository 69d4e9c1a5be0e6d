/**
 * The last hour of every tag. It comes once a minute and apart from the frame: a height is one
 * letter of 64 (0 at the bottom of the hour's range), a blank is a minute without readings.
 */
import { now } from "./model.mjs";

/** @import { Model, SparkColumns } from "../../types.mjs" */

const MINUTE = 60000;

/**
 * Take in the answer of `/overview/sparklines`.
 *
 * @param {Model} model
 * @param {SparkColumns} answer
 */
export function take(model, answer) {
  model.hour = answer;
  model.hourAt = performance.now();
  model.minute = null;
  move(model);
}

/**
 * Move the lines to the left as time goes on without newer ones.
 *
 * @param {Model} model
 * @returns {boolean} true if they moved
 */
export function move(model) {
  const { hour } = model;
  if (!hour) return false;
  const minute = Math.max(0, Math.floor((now(model) - hour.newest) / MINUTE));
  if (minute === model.minute) return false;
  model.minute = minute;
  model.sparks = moved(model, hour, minute);
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
