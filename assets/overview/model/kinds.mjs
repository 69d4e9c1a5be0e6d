/** What a value and its change look like by the kind of the tag: value, state, angle, counter. */
import { t } from "../../messages.mjs";
import * as format from "./format.mjs";

/** @import { Model } from "../../types.mjs" */

/** A full turn [°]. */
const TURN = 360;
/** As share of the span: below it a relative change says nothing. */
const NOTHING = 0.01;

/**
 * @param {Model} model
 * @param {number} i
 * @returns {boolean} whether the tag is a state: it has neither a level nor a change
 */
export const isState = (model, i) => model.kinds[i] === "state";

/**
 * @param {Model} model
 * @param {number} i
 * @param {number | null} value
 * @returns {string} a number of the tag; that of a counter in full
 */
function digits(model, i, value) {
  const full = model.kinds[i] === "counter" && model.decimals[i] === null;
  return full && value !== null ? format.exact(value) : format.number(value, model.decimals[i]);
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} the value in words or digits, without its unit
 */
export function valueText(model, i) {
  const value = model.value[i];
  const states = model.states[i];
  if (states && value !== null && states[value] !== undefined) return states[value];
  return digits(model, i, value);
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} "+6.1 bar · 3.0 % of span · 1 h", in alarm "+6.1 · 1 h"; a dash where there is
 *   no reference, "reset" where a counter began again since
 */
export function deltaText(model, i) {
  if (isState(model, i)) return "";
  const time = format.span(model.reference * 1000);
  if (model.reset.has(i)) return t("reset") + " · " + time;
  const delta = model.delta[i];
  if (delta === null) return "–";
  const size = (delta === 0 ? "±" : delta > 0 ? "+" : "−") + digits(model, i, Math.abs(delta));
  // In alarm the limit stands before it, and is never cut.
  if (model.crossed[i]) return size + " · " + time;
  const unit = model.units[i] ? " " + model.units[i] : "";
  return [size + unit, ...shareOf(model, i, Math.abs(delta)), time].join(" · ");
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} size of a change
 * @returns {string[]} "3.0 % of span", of a value whose span is known
 */
function shareOf(model, i, size) {
  const width = model.widths[i];
  if (!width || model.kinds[i] !== "value") return [];
  return [t("%(share)s of span", { share: format.percent(size / width) })];
}

/**
 * @param {number} angle [°]
 * @param {number} value of the same tag: where it is negative, its angles go from -180 on
 * @returns {number} the same direction as the tag writes it
 */
function turned(angle, value) {
  const positive = ((angle % TURN) + TURN) % TURN;
  return value < 0 && positive >= TURN / 2 ? positive - TURN : positive;
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string | null} the change as from → to, with the relative change where it has a meaning
 */
export function deltaTitle(model, i) {
  const delta = model.delta[i];
  const value = model.value[i];
  const kind = model.kinds[i];
  if (delta === null || value === null || kind === "state") return null;
  const before = kind === "angle" ? turned(value - delta, value) : value - delta;
  const ends = [before, value].map((each) => digits(model, i, each)).join(" → ");
  const width = model.widths[i];
  if (kind !== "value" || !width || Math.abs(before) <= NOTHING * width) return ends;
  const share = delta / Math.abs(before);
  const sign = share < 0 ? "−" : "+";
  return ends + " · " + sign + format.percent(Math.abs(share));
}
