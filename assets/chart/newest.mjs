/** The newest reading and the state of each tag of a trend, whatever window is shown. */
import { root } from "../dash.mjs";
import { full, written } from "../digits.mjs";
import { label, slug } from "../words.mjs";
import { eachRow, head } from "./legend.mjs";
import { partsOf } from "./lines.mjs";
import { query } from "./url.mjs";

/**
 * @typedef {object} Latest one row of `/api/v1/latest`
 * @property {string} tag_name
 * @property {string | null} ts
 * @property {number | null} value
 * @property {string | null} state word of the value of a tag with states
 * @property {string} badge
 */

/** What is written where there is no answer. @type {Latest} */
const NOTHING = { tag_name: "", ts: null, value: null, state: null, badge: "" };

/**
 * Ask for the newest readings and write them; where there is no answer of now, none stands there.
 *
 * @param {string} page
 * @param {string[]} tags
 * @param {AbortSignal} [signal]
 */
export async function show(page, tags, signal) {
  const answer = tags.length ? await latest(tags, signal) : null;
  const { as_of: asOf, rows: found } = answer || { as_of: "", rows: [] };
  head(page, "newest", asOf.slice(11, 19));
  /** @type {Map<string, Latest>} */
  const rows = new Map(found.map((row) => [row.tag_name, row]));
  const drawn = partsOf(document.querySelector(`#${page}-chart .js-plotly-plot`) || {});
  eachRow(page, (row, tag) => {
    const { max, line } = drawn.get(tag) || {};
    write(row, rows.get(tag) || NOTHING, (max || line)?.meta.digits);
  });
}

/**
 * @param {string[]} tags
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ as_of: string, rows: Latest[] } | null>} null without an answer of now
 */
async function latest(tags, signal) {
  const address = `${root()}api/v1/latest?${query({ tag: tags })}`;
  const answer = await window.fetch(address, { cache: "no-store", signal }).catch(() => null);
  return answer && answer.ok ? answer.json().catch(() => null) : null;
}

/**
 * @param {Element} row
 * @param {Latest} latest
 * @param {number | undefined} digits as the chart writes the tag's readings
 */
function write(row, { value, ts, badge, state }, digits) {
  const number = row.querySelector(".legend__number");
  const word = row.querySelector(".legend__state span");
  if (!number || !word) return;
  number.textContent = state || (digits === undefined ? full(value) : written(value, digits));
  number.setAttribute("title", ts || "");
  word.textContent = badge && label(badge);
  word.className = badge === "NORMAL" ? "" : `badge badge--${slug(badge)}`;
}
