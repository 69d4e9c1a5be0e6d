/** The exports that this browser keeps: the newest first, and what became of each. */
import { read, write } from "../storage.mjs";

/**
 * One file that was asked for.
 *
 * @typedef {object} Export
 * @property {string} id
 * @property {number} at when it was asked for [ms since 1970]
 * @property {string} name of the file
 * @property {string} kind its extension
 * @property {string} address its query, which gives the same file again
 * @property {"running" | "whole" | "broken" | "cancelled"} state
 * @property {string} why it is not whole
 * @property {number | null} rows null where that is not known
 * @property {number} bytes
 * @property {number} seconds
 * @property {string} sha256 of a whole one, as the server counted it; "" where it did not tell
 * @property {number} seen when it was last heard of [ms since 1970]
 */

const NAME = "ksys-exports";
const MOST = 20;
/** A transfer of which nothing was heard for so long is not under way in another tab [ms]. */
const SILENT = 60000;
const STATES = ["running", "whole", "broken", "cancelled"];
const TEXTS = ["id", "name", "kind", "address", "state", "why", "sha256"];
const NUMBERS = ["at", "bytes", "seconds", "seen"];

/** @param {*} found @returns {boolean} whether it has the shape of an export */
function isExport(found) {
  if (found === null || typeof found !== "object") return false;
  const fits =
    TEXTS.every((name) => typeof found[name] === "string") &&
    NUMBERS.every((name) => Number.isFinite(found[name]));
  return fits && STATES.includes(found.state) && (found.rows === null || found.rows >= 0);
}

/**
 * @param {string} why what is said of one whose page went away
 * @returns {Export[]} what this browser keeps; none where it keeps nothing or nothing of that shape
 */
export function kept(why) {
  const now = Date.now();
  const found = read(NAME);
  const exports = Array.isArray(found) ? found.filter(isExport).slice(0, MOST) : [];
  const isLost = (/** @type {Export} */ each) =>
    each.state === "running" && now - each.seen > SILENT;
  return exports.map((each) => (isLost(each) ? { ...each, state: "broken", why } : each));
}

/** @param {Export[]} exports the newest first */
export function keep(exports) {
  write(NAME, exports.slice(0, MOST));
}

/**
 * @param {Export[]} mine those of this page
 * @param {Export[]} others what the browser keeps, of other tabs too
 * @returns {Export[]} each once, the newest first
 */
export function merged(mine, others) {
  const own = new Set(mine.map((each) => each.id));
  return [...mine, ...others.filter((each) => !own.has(each.id))]
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST);
}
