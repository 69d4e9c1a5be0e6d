/**
 * A window that is applied while the server reads what it means, and what is done meanwhile: that
 * is done to this window, once it is there.
 */
import * as session from "./session.mjs";

/** @import { Question } from "./types.mjs" */

/** @typedef {[session.Kind, Record<string, *>?]} Act */

/**
 * @typedef {object} Applied
 * @property {*} on the page that was open
 * @property {Question | null} question that was asked
 * @property {Act[]} acts what is done meanwhile, in its order
 */

/** @type {Applied | null} */
let applied = null;
/** @type {Question | null} */
let now = null;

/** @param {Question | null} question @returns {string} what of it says which window */
const baseOf = (question) => String([question?.window, question?.start, question?.stop]);

/** @param {Question | null} question @returns {string | null} */
const zoomOf = (question) => question?.zoom || null;

/** @returns {boolean} whether a window of the page that is open is being read */
export const isUnderWay = () => applied !== null && applied.on === session.current();

/** A question is asked: what waited was for the window before. @param {Question} question */
export function asked(question) {
  const isOther = baseOf(question) !== baseOf(now) || zoomOf(question) !== zoomOf(now);
  if (isOther && applied) applied.acts = [];
  now = question;
}

/** @returns {Applied} */
export const begin = () => (applied = { on: session.current(), question: now, acts: [] });

/**
 * @param {Applied} mine
 * @returns {boolean} whether what was read is still wanted: not on another page, nor in the place
 *   of another window that was chosen since
 */
export function isWanted(mine) {
  if (applied === mine) applied = null;
  return session.current() === mine.on && baseOf(now) === baseOf(mine.question);
}

/**
 * Ask for the window, with the zoom that was made meanwhile, then do what waited for it.
 *
 * @param {Applied} mine
 * @param {{ window?: string | null, start?: string | null, stop?: string | null }} read
 */
export function ask(mine, { window: token, start, stop }) {
  const zoom = zoomOf(now) === zoomOf(mine.question) ? null : zoomOf(now);
  session.send("window", { window: token, start, stop, zoom });
  for (const [kind, more] of mine.acts) session.send(kind, more);
}

/**
 * Do something to the window: to the one that is being read, where one is.
 *
 * @param {session.Kind} kind
 * @param {Record<string, *>} [more]
 */
export function act(kind, more) {
  if (applied && isUnderWay()) applied.acts.push([kind, more]);
  else session.send(kind, more);
}
