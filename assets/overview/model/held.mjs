/**
 * Since when a tag of states has its value, and its starts: counted about once a minute, and said
 * only while what newer frames tell is still the same.
 */
import { written } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "./format.mjs";
import { FRESHNESS } from "./model.mjs";

/** @import { Held, Model } from "../../types.mjs" */

/** The hours that are counted, and how long a count is said without a newer one [ms]. */
const [DAY, HOUR, MOST] = [86400000, 3600000, 300000];
/** The time of a reading is known to the second [ms]. */
const SECOND = 1000;

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {Held | null} what was counted of a tag, where it is still so: the newest reading is of
 *   now, can be trusted and has the same value, and no frame since then had another one
 */
export function heldOf(model, i, moment) {
  const held = model.held[i];
  if (!held || held[0] !== model.value[i] || !model.hour) return null;
  const at = model.hour.held_at ?? NaN;
  const isOld = !(moment - at <= MOST) || model.turned[i] + SECOND > at;
  const isNow = FRESHNESS[model.fresh[i]] === "FRESH" && !model.clock.has(i);
  return isOld || !isNow || model.qualities[model.quality[i]] === "BAD" ? null : held;
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {[string, string]} "since 19:04" and "3 h 22 min"; "for more than" and "23 h", as far as
 *   the hours reach; empty where it is not known
 */
export function heldTexts(model, i, moment) {
  const since = heldOf(model, i, moment)?.[2];
  if (since === undefined) return ["", ""];
  const first = (model.hour?.last_hour ?? NaN) + HOUR - DAY;
  if (since === null) return [t("for more than"), format.span(moment - first)];
  const time = format.short(since, model.zone, moment);
  return [t("since %(time)s", { time }), format.long(moment - since)];
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {string} "3 starts in 24 h", nothing where they are not known
 */
export function startsText(model, i, moment) {
  const starts = heldOf(model, i, moment)?.[1] ?? null;
  if (starts === null) return "";
  if (starts === 1) return t("1 start in 24 h");
  return t("%(n)s starts in 24 h", { n: written(starts, 0) });
}
