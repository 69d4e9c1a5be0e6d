/** Which limit a tag in alarm crossed, how far, and since when, in words. */
import { t } from "../../messages.mjs";
import * as format from "./format.mjs";
import { FRESHNESS } from "./model.mjs";

/** @import { Model } from "../../types.mjs" */

/** @returns {string[]} the limits by their letters, as frames number them */
const letters = () => [t("LL"), t("L"), t("H"), t("HH")];

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} "HH 19,000 · 430 over", nothing without an alarm
 */
export function limitText(model, i) {
  const crossed = model.crossed[i];
  if (!crossed) return "";
  const [limit, over] = crossed;
  const named = letters()[limit] + " " + format.full(model.limits[i][limit]);
  return over === null ? named : named + " · " + distance(model, i, limit, over);
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} limit
 * @param {number} over [unit]
 * @returns {string} how far the value is over or under its limit, or back inside it
 */
function distance(model, i, limit, over) {
  const n = format.number(Math.abs(over), model.decimals[i]);
  if (over === 0) return t("at the limit");
  if (over < 0) return t("%(n)s inside, in deadband", { n });
  return limit < 2 ? t("%(n)s under", { n }) : t("%(n)s over", { n });
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {[string, string]} "since 21:47" and "39 min", empty where it is not known
 */
export function sinceTexts(model, i, moment) {
  const since = model.crossed[i] && model.crossed[i][2];
  if (since === undefined) return ["", ""];
  if (since === null) return [t("for more than"), format.span(model.look_back * 1000)];
  const time = format.short(since, model.zone, moment);
  const silent = FRESHNESS[model.fresh[i]] === "STALE";
  return [t("since %(time)s", { time }), silent ? t("then silent") : format.span(moment - since)];
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {string} "since 21:47 (39 min)", "for more than 30 d"
 */
export function sinceText(model, i, moment) {
  const [since, long] = sinceTexts(model, i, moment);
  if (!since) return "";
  return model.crossed[i][2] === null ? since + " " + long : since + " (" + long + ")";
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {string} "HH 19,000 · 430 over · since 21:47 (39 min)"
 */
export function crossedText(model, i, moment) {
  const parts = [limitText(model, i), sinceText(model, i, moment)];
  return parts.filter((part) => part).join(" · ");
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} the time of the reading that crossed the limit, with its date
 */
export function sinceStamp(model, i) {
  const since = model.crossed[i] && model.crossed[i][2];
  return typeof since === "number" ? format.stamp(since, model.zone) : "";
}
