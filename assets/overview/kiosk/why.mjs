/** What is to be said of an abnormal tag on a wall, from its longest form on. */
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { ageOf, held, isBehind, wordsOf } from "../model/model.mjs";
import * as texts from "../model/texts.mjs";
import { word } from "../../words.mjs";
import { fitting } from "./widths.mjs";

/** @import { Model } from "../../types.mjs" */

/** Of these the head is coloured, to be seen from afar, and the limit is told. */
export const ALARMS = ["CRITICAL", "WARNING"];

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {string} "28 min old"
 */
const old = (model, i, moment) => t("%(age)s old", { age: format.span(ageOf(model, i, moment)) });

/**
 * What is to be said of a tag: from the longest form on, each for the eye as bold and plain.
 *
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @param {string[]} states
 * @returns {[string, string][]}
 */
export function reasons(model, i, moment, states) {
  const [badge, ...beside] = states;
  const name = texts.limitName(model, i);
  if (isOld(model, i, badge)) {
    const age = old(model, i, moment);
    const also = isBehind(model, i) ? [t("replica behind")] : [];
    return plain(age + " " + (name || [...also, ...beside.map(word)].join(" · ")), age);
  }
  const limit = texts.limitText(model, i);
  if (limit && ALARMS.includes(badge)) return plain(limit, limit.split(" · ")[0], name);
  const also = [...wordsOf(model, i), ...beside.map(word)];
  // What has no room for its reason says what it is.
  return also.length ? plain(also.join(" · "), ...also, word(badge)) : plain("");
}

/** @param {string[]} all @returns {[string, string][]} */
const plain = (...all) => all.map((each) => [each.trim(), ""]);

/**
 * @param {Model} model
 * @param {number} i
 * @param {string} badge
 * @returns {boolean} whether the first to say of a tag is how old its reading is
 */
const isOld = (model, i, badge) =>
  held(model, i) === "old" || badge === "STALE" || badge === "LATE";

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @param {string[]} states
 * @returns {[string, string][]} the same for the one line that a card without a curve has:
 *   "HH 19,000 · 430 over 39 min", "HH 39 min"
 */
export function short(model, i, moment, states) {
  const [badge] = states;
  const name = texts.limitName(model, i);
  if (isOld(model, i, badge) || !name || !ALARMS.includes(badge)) {
    return reasons(model, i, moment, states);
  }
  const [time, lasting] = texts.sinceTexts(model, i, moment);
  const since = model.crossed[i][2] === null ? "> " + lasting : lasting;
  const told = time ? since : "";
  const limit = texts.limitText(model, i);
  return [
    [limit, told],
    [limit.split(" · ")[0], told],
    [name, told],
    [name, ""],
  ];
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @param {number} room [em]
 * @returns {string} "since 21:47 · 39 min" of a crossed limit, as much of it as fits
 */
export function sinceOf(model, i, moment, room) {
  if (!model.crossed[i]) return "";
  const [time, lasting] = texts.sinceTexts(model, i, moment);
  if (!time) return "";
  if (model.crossed[i][2] === null) return fitting([time + " " + lasting, "> " + lasting], room);
  return fitting([time + " · " + lasting, time, lasting], room);
}
