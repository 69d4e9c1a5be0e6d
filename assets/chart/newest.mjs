/** The newest reading and the state of each tag of a trend, whatever window is shown. */
import { root } from "../dash.mjs";
import { forPrograms, full, written } from "../digits.mjs";
import { label, slug } from "../words.mjs";
import { eachRow, head } from "./legend.mjs";
import { partsOf } from "./lines.mjs";
import { query } from "./url.mjs";

/** @import { Trace } from "./lines.mjs" */

/**
 * @typedef {object} Latest one row of `/api/v1/latest`
 * @property {string} tag_name
 * @property {string | null} ts
 * @property {number | null} value
 * @property {string | null} state word of the value of a tag with states
 * @property {string} badge
 */

/** The digits of a window hold for a number that they write to so small a share of its range. */
const SMALL = 0.05;

/** What is written where there is no answer. @type {Latest} */
const NOTHING = { tag_name: "", ts: null, value: null, state: null, badge: "" };

/**
 * Ask for the newest readings and write them; where there is no answer of now, none stands there.
 *
 * @param {string} page
 * @param {string[]} tags
 * @param {string | null | undefined} zone in which times are told
 * @param {AbortSignal} [signal]
 */
export async function show(page, tags, zone, signal) {
  const answer = tags.length ? await latest(tags, zone, signal) : null;
  const { as_of: asOf, rows: found } = answer || { as_of: "", rows: [] };
  head(page, "newest", asOf.slice(11, 19));
  /** @type {Map<string, Latest>} */
  const rows = new Map(found.map((row) => [row.tag_name, row]));
  const drawn = partsOf(document.querySelector(`#${page}-chart .js-plotly-plot`) || {});
  eachRow(page, (row, tag) => {
    const { min, max, line } = drawn.get(tag) || {};
    write(row, rows.get(tag) || NOTHING, max || line, min);
  });
}

/**
 * @param {string[]} tags
 * @param {string | null | undefined} zone
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ as_of: string, rows: Latest[] } | null>} null without an answer of now
 */
async function latest(tags, zone, signal) {
  const address = `${root()}api/v1/latest?${query({ tag: tags, tz: zone })}`;
  const answer = await window.fetch(address, { cache: "no-store", signal }).catch(() => null);
  return answer && answer.ok ? answer.json().catch(() => null) : null;
}

/**
 * @param {Element} row
 * @param {Latest} latest
 * @param {Trace | undefined} trace that shows the tag's readings, of buckets their greatest
 * @param {Trace} [least] that shows the least of buckets
 */
function write(row, { value, ts, badge, state }, trace, least) {
  const number = row.querySelector(".legend__number");
  const word = row.querySelector(".legend__state span");
  if (!number || !word) return;
  number.textContent = state || textOf(value, trace, least);
  number.setAttribute("title", ts || "");
  word.textContent = badge && label(badge);
  word.className = badge === "NORMAL" ? "" : `badge badge--${slug(badge)}`;
}

/**
 * The newest reading may be another than all that is drawn: BAD, or of a later time than the
 * window. Digits that tell those apart may write 0.4 as 0: then it has all of its own.
 *
 * @param {number | null} value
 * @param {Trace | undefined} trace
 * @param {Trace} [least] of buckets: their greatest may all be one number while they reach far
 * @returns {string} with the digits of what is drawn; in full where these write another number
 */
export function textOf(value, trace, least) {
  if (value === null || !trace) return full(value);
  let [low, high] = [Infinity, -Infinity];
  for (const { y } of [...trace.points, ...(least?.points ?? [])]) {
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  const text = written(value, trace.meta.digits);
  const near = Number(forPrograms(text).replaceAll(",", ""));
  // A chart has its numbers as float32, and so may the historian.
  const isSame = Math.fround(near) === Math.fround(value);
  const isDrawn = low === high && Math.fround(value) === Math.fround(low);
  return isSame || isDrawn || Math.abs(near - value) <= SMALL * (high - low) ? text : full(value);
}
