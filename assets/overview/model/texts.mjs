/**
 * What is written of a tag: its value and change, as its kind has them; the limit that it crossed,
 * how far, and since when.
 */
import { full, written } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "./format.mjs";
import { ageOf, FRESHNESS, held, isBehind, now } from "./model.mjs";
import { word } from "../../words.mjs";

/** @import { Held, Model } from "../../types.mjs" */
/** @typedef {{ low: number, high: number, rule: boolean }} Range of a level bar [unit] */

/** A full turn [°]. */
export const TURN = 360;
/** What a badge says itself, by what it holds of the past. @type {Record<string, string[]>} */
const INSIDE = { "": [], old: ["LATE", "STALE"], was: ["CRITICAL"] };
/** States of a reading that is not of now or not to be trusted: its alarm is that of before. */
const PAST = ["LATE", "STALE", "BAD", "CLOCK"];
/** As share of the span: below it a relative change says nothing. */
const NOTHING = 0.01;
/** The hours that are counted, and how long a count is said without a newer one [ms]. */
const [DAY, HOUR, MOST] = [86400000, 3600000, 300000];
/** The time of a reading is known to the second [ms]. */
const SECOND = 1000;

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
 * @returns {string} a number of the tag, with the digits that it has now
 */
const digits = (model, i, value) => written(value, model.digits[i]);

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} the value in words or digits, without its unit
 */
export function valueText(model, i) {
  const value = model.value[i];
  return stateWord(model, i, value) ?? digits(model, i, value);
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number | null} value
 * @returns {string | undefined} the word of a value of a tag of states, where it has one
 */
export function stateWord(model, i, value) {
  const states = model.states[i];
  return states && value !== null ? states[value] : undefined;
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {[string, string]} "+6.1" and "· 1 h", a dash where there is no reference, "reset" where
 *   a counter began again since
 */
export function deltaTexts(model, i) {
  if (isState(model, i)) return ["", ""];
  const time = "· " + format.span(model.reference * 1000);
  if (model.reset.has(i)) return [t("reset"), time];
  const delta = model.delta[i];
  if (delta === null) return ["–", ""];
  const sign = delta === 0 ? "±" : delta > 0 ? "+" : "−";
  return [sign + digits(model, i, Math.abs(delta)), time];
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} size of a change
 * @returns {string[]} "3.0% of span", of a value whose span is known
 */
export function shareOf(model, i, size) {
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
  const values = [before, value].map((each) => digits(model, i, each)).join(" → ");
  const time = format.span(model.reference * 1000);
  const against = t("Against the newest good reading %(time)s ago: %(values)s", { time, values });
  const unit = model.units[i] ? " " + model.units[i] : "";
  const ends = [against + unit, ...shareOf(model, i, Math.abs(delta))].join(" · ");
  const width = model.widths[i];
  if (kind !== "value" || !width || Math.abs(before) <= NOTHING * width) return ends;
  const share = delta / Math.abs(before);
  const sign = share < 0 ? "−" : "+";
  return ends + " · " + sign + format.percent(Math.abs(share));
}

/** @returns {string[]} the limits by their letters, as frames number them */
export const letters = () => [t("LL"), t("L"), t("H"), t("HH")];

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} "HH" of the limit that is crossed, nothing without an alarm
 */
export const limitName = (model, i) => (model.crossed[i] ? letters()[model.crossed[i][0]] : "");

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} "HH 19,000 · 430 over", nothing without an alarm
 */
export function limitText(model, i) {
  const crossed = model.crossed[i];
  if (!crossed) return "";
  const [limit, over] = crossed;
  const named = letters()[limit] + " " + full(model.limits[i][limit]);
  return over === null ? named : named + " · " + distance(model, i, limit, over);
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} over [unit]
 * @returns {string} a distance with the tag's digits, with more where these are all 0
 */
export function sizeText(model, i, over) {
  const size = digits(model, i, Math.abs(over));
  return /[1-9]/.test(size) ? size : full(Math.abs(over));
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} limit
 * @param {number} over [unit]
 * @returns {string} how far the value is over or under its limit, or back inside it
 */
function distance(model, i, limit, over) {
  if (over === 0) return t("at the limit");
  const n = sizeText(model, i, over);
  if (over < 0) return t("%(n)s inside, in deadband", { n });
  return limit < 2 ? t("%(n)s under", { n }) : t("%(n)s over", { n });
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {[string, string]} "was" and "normal" of a tag whose reading tells nothing of now
 */
function pastTexts(model, i) {
  const badge = model.badges[model.shown[i]];
  const past = FRESHNESS[model.fresh[i]] === "NO DATA" ? false : PAST.includes(badge);
  const alarm = model.alarms[model.alarm[i]];
  return past && alarm === "NORMAL" ? [t("was"), t("Normal").toLowerCase()] : ["", ""];
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {string[]} states
 * @returns {string} what stands in the place of a reason: nobody judged, or when a reading was due
 */
export function quietText(model, i, states) {
  if (states.includes("NO DATA"))
    return states.includes("CLOCK") ? t("only readings of the future") : t("no readings stored");
  if (model.crossed[i]) return "";
  if (states.includes("NO RULE") || states.includes("DISABLED")) return t("not judged");
  const late = ["LATE", "STALE"].includes(states[0]) && !isBehind(model, i);
  return late ? t("late after %(span)s", { span: format.span(model.gaps[i] * 1000) }) : "";
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {[string, string]} "since 21:47" and "39 min" of a limit, or else of a state; empty
 *   where it is not known
 */
export function sinceTexts(model, i, moment) {
  if (!model.crossed[i]) {
    const past = pastTexts(model, i);
    return past[0] ? past : heldTexts(model, i, moment);
  }
  const since = model.crossed[i][2];
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
function sinceText(model, i, moment) {
  const [since, long] = model.crossed[i] ? sinceTexts(model, i, moment) : [""];
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
 * @returns {string} the time of the reading that crossed the limit, or turned the state, with its
 *   date
 */
export function sinceStamp(model, i) {
  const since = (model.crossed[i] || heldOf(model, i, now(model)))?.[2];
  return typeof since === "number" ? format.stamp(since, model.zone, now(model)) : "";
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {string[]} states
 * @returns {string[]} those that stand beside the badge; what it says itself is left out
 */
export function beside(model, i, states) {
  const inside = INSIDE[held(model, i)];
  return states.slice(1).filter((state) => !inside.includes(state));
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {string} "21 min old" beside CRITICAL, "was CRITICAL 3 d ago" beside STALE
 */
export function heldText(model, i, moment) {
  const kind = held(model, i);
  if (!kind) return "";
  const values = { age: format.span(ageOf(model, i, moment)), state: word("CRITICAL") };
  return kind === "old" ? t("%(age)s old", values) : t("was %(state)s %(age)s ago", values);
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {Range | null} the rule's span, else the last hour's range
 */
export function rangeOf(model, i) {
  const [low, high] = model.spans[i] || [null, null];
  if (low !== null && high !== null) return { low, high, rule: true };
  const hour = model.sparks && model.sparks[i];
  return hour && hour.high > hour.low ? { low: hour.low, high: hour.high, rule: false } : null;
}

/**
 * @param {Range} range
 * @returns {string} both ends of the range in full, and where it comes from if from no rule
 */
export function rangeTitle(range) {
  const ends = full(range.low) + " ~ " + full(range.high);
  return range.rule ? ends : ends + " · " + t("Range of the last hour: the tag has no span");
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {Held | null} what was counted of a tag, where it is still so: the newest reading is of
 *   now, can be trusted and has the same value, and no frame since then had another one
 */
export function heldOf(model, i, moment) {
  const kept = model.held[i];
  if (!kept || kept[0] !== model.value[i] || !model.hour) return null;
  const at = model.hour.held_at ?? NaN;
  const isOld = !(moment - at <= MOST) || model.turned[i] + SECOND > at;
  const isNow = FRESHNESS[model.fresh[i]] === "FRESH" && !model.clock.has(i);
  return isOld || !isNow || model.qualities[model.quality[i]] === "BAD" ? null : kept;
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment [ms since 1970]
 * @returns {[string, string]} "since 19:04" and "3 h 22 min"; "for more than" and "23 h", as far as
 *   the hours reach; empty where it is not known
 */
function heldTexts(model, i, moment) {
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
