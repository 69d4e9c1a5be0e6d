/** The level bar of a card: its span, the normal band, the zones of the rule, the value's mark. */
import { svg } from "./dom.mjs";

/** @import { Range } from "../model/texts.mjs" */

const TOP = 6;
const HEIGHT = 7;

/** @param {number} share @returns {number} between 0 and 1 */
const within = (share) => Math.max(0, Math.min(1, share));

/**
 * @param {number} from share of the span
 * @param {number} to share of the span
 * @param {string} kind
 * @returns {SVGElement} one stretch of the bar
 */
function stretch(from, to, kind) {
  const low = within(from) * 100;
  const width = Math.max(0, within(to) * 100 - low);
  return svg("rect", { class: kind, x: low + "%", width: width + "%", y: TOP, height: HEIGHT });
}

/**
 * Draw the zones of a rule; they change only with the rule.
 *
 * @param {SVGElement} bar
 * @param {Range | null} range of the bar
 * @param {(number | null)[] | null} limits lo_lo, lo, hi, hi_hi
 */
export function zones(bar, range, limits) {
  const parts = [stretch(0, 1, "level__track")];
  if (range && limits) {
    const at = limits.map((limit) =>
      limit === null ? null : (limit - range.low) / (range.high - range.low),
    );
    parts.push(...zonesAt(at));
  }
  bar.replaceChildren(...parts);
}

/**
 * @param {(number | null)[]} limits lo_lo, lo, hi, hi_hi as shares of the span
 * @returns {SVGElement[]} the normal band, and what lies beyond each limit
 */
function zonesAt([loLo, lo, hi, hiHi]) {
  const [bottom, top] = [loLo ?? 0, hiHi ?? 1];
  const parts = [stretch(lo ?? bottom, hi ?? top, "level__band")];
  if (loLo !== null) parts.push(stretch(0, loLo, "zone zone--critical"));
  if (lo !== null) parts.push(stretch(bottom, lo, "zone zone--warning"));
  if (hi !== null) parts.push(stretch(hi, top, "zone zone--warning"));
  if (hiHi !== null) parts.push(stretch(hiHi, 1, "zone zone--critical"));
  return parts;
}

/** @returns {SVGElement} the mark; its x is the value's place */
export function mark() {
  const shape = svg("path", { d: "M-5,0h10l-5,7z M-1,6h2v9h-2z" });
  return svg("svg", { class: "level__mark", overflow: "visible" }, shape);
}
