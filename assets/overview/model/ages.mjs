/**
 * The time by the database, and how old readings are by it.
 *
 * Both are counted on with performance.now(): the browser's own clock may be wrong by an hour and
 * nothing here would notice. Nor does a reading grow younger when the database's clock steps back.
 */

/** @import { Frame, Model } from "../../types.mjs" */

export const FRESH = 0;
export const LATE = 1;
export const STALE = 2;
export const FRESHNESS = ["FRESH", "LATE", "STALE", "NO DATA"];
/** A reading older than so many allowed gaps is stale. */
const STALE_GAPS = 3;

/**
 * @param {Model} model
 * @returns {number} the database's time now [ms since 1970], NaN before the first frame
 */
export function now(model) {
  return model.now + (performance.now() - model.at);
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment the database's time [ms since 1970]
 * @returns {number} how old the newest reading of a tag is [ms], NaN where there is none
 */
export function ageOf(model, i, moment) {
  return moment - model.time[i] + model.carried[i];
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment the database's time [ms since 1970]
 * @returns {number} 0 FRESH, 1 LATE, 2 STALE, 3 NO DATA: the worse of what was sent and counted
 */
export function freshness(model, i, moment) {
  const age = ageOf(model, i, moment) / 1000;
  const gap = model.gaps[i];
  const counted = !(age > gap) ? FRESH : age > STALE_GAPS * gap ? STALE : LATE;
  return Math.max(model.freshness[i], counted);
}

/**
 * @param {Model} model
 * @param {Frame} frame
 * @returns {boolean} whether a frame is of a later time than the one before; the same frame again
 *   and again is no news of the plant
 */
export function isLater(model, frame) {
  return Boolean(frame.error) || !(frame.now <= model.said);
}

/**
 * Take in the times of a frame. A reading that was shown before goes on from the age it had, where
 * the frame would make it younger.
 *
 * @param {Model} model
 * @param {Frame} frame
 * @param {number} kept milliseconds the server has kept this answer
 * @param {number} asked when it was asked for, by performance.now()
 */
export function takeTimes(model, frame, kept, asked) {
  const second = Math.floor(frame.now / 1000);
  // That the computer slept was a guess, which the answer replaces.
  const before = now(model) - model.slept;
  Object.assign(model, { now: frame.now + kept, at: asked, said: frame.now, slept: 0 });
  const back = before - now(model);
  for (let i = 0; i < model.n; i++) {
    const age = frame.age[i];
    const more = frame.carried[i] || 0;
    const time = age === null ? NaN : (second - age + more) * 1000;
    const least = time === model.time[i] ? back + model.carried[i] : 0;
    model.carried[i] = Math.max(more * 1000, least);
    model.time[i] = time;
  }
}

/**
 * The computer slept while its steady clock stood still: all that is shown is so much older.
 *
 * @param {Model} model
 * @param {number} milliseconds
 */
export function slept(model, milliseconds) {
  model.at -= milliseconds;
  model.slept += milliseconds;
}
