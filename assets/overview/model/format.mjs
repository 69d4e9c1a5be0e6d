/** Counts, ages and times as the overview shows them, in the page's language and the site zone. */
import { written } from "../../digits.mjs";
import { language, t } from "../../messages.mjs";

const [DAY, HOUR, MINUTE] = [86400000, 3600000, 60000];
/** @type {Map<string, Intl.DateTimeFormat>} */
const times = new Map();
/** @type {Map<string, Intl.Collator>} */
const collators = new Map();

/**
 * @template Made
 * @param {Map<string, Made>} made
 * @param {string} name
 * @param {function(): Made} make
 * @returns {Made} what is made once for each name
 */
function once(made, name, make) {
  let found = made.get(name);
  if (found === undefined) made.set(name, (found = make()));
  return found;
}

/**
 * @param {number} count
 * @returns {string} "1 tag", "12 tags"
 */
export function tags(count) {
  return count === 1 ? t("1 tag") : t("%(n)s tags", { n: written(count, 0) });
}

/**
 * @param {number} count
 * @param {number} all
 * @returns {string} "3 of 10", "10" where it is all
 */
export function ofAll(count, all) {
  const n = written(count, 0);
  return count === all ? n : t("%(n)s of %(count)s", { n, count: written(all, 0) });
}

/**
 * @param {string} one
 * @param {string} other
 * @returns {number} the order of two names: T2 before T10; equals cost nothing
 */
export function compare(one, other) {
  if (one === other) return 0;
  const make = () => new Intl.Collator(language(), { numeric: true });
  return once(collators, language(), make).compare(one, other);
}

/**
 * @param {number} share may be signed
 * @returns {string} "12.3%" of 0.123
 */
export const percent = (share) => written(share * 100, 1) + "%";

/** What a share of all is told to. */
const LEAST = 0.001;
/** So much it may differ by rounding alone. */
const NOTHING = 1e-11;

/**
 * @param {number} share of all, 0…1
 * @returns {string} as `percent`; little is not none, nor most all
 */
export function part(share) {
  if (share > NOTHING && share < LEAST) return "<" + percent(LEAST);
  return share > 1 - LEAST && share < 1 - NOTHING ? ">" + percent(1 - LEAST) : percent(share);
}

/**
 * @param {number} milliseconds
 * @returns {string} "8 s", "3 min", "2 h", "5 d"
 */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return t("%(n)s s", { n: seconds });
  if (seconds < 3600) return t("%(n)s min", { n: Math.floor(seconds / 60) });
  if (seconds < 172800) return t("%(n)s h", { n: Math.floor(seconds / 3600) });
  return t("%(n)s d", { n: written(Math.floor(seconds / 86400), 0) });
}

/**
 * @param {number} milliseconds
 * @returns {string} "3 h 22 min", "2 d 5 h"; below an hour as `span`
 */
export function long(milliseconds) {
  const [unit, least] = milliseconds < 2 * DAY ? [HOUR, MINUTE] : [DAY, HOUR];
  const rest = milliseconds % unit;
  const whole = span(milliseconds);
  return milliseconds < HOUR || rest < least ? whole : whole + " " + span(rest);
}

/**
 * @param {string} zone
 * @param {boolean} long whether with the date
 * @returns {Intl.DateTimeFormat} made once for each zone and length
 */
function timeFormat(zone, long) {
  /** @type {Intl.DateTimeFormatOptions} */
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  /** @type {Intl.DateTimeFormatOptions} */
  const day = { year: "numeric", month: "2-digit", day: "2-digit" };
  // Swedish writes 2026-11-22 22:06:22, the one order that no reader takes for another.
  const options = { timeZone: zone, ...clock, ...(long ? day : {}) };
  return once(times, zone + long, () => new Intl.DateTimeFormat("sv-SE", options));
}

/**
 * @param {number} moment [ms since 1970]
 * @param {string} zone
 * @returns {string} the offset from UTC that its clock has then: +09:00
 */
export function offset(moment, zone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { timeZone: zone, timeZoneName: "longOffset" };
  const format = once(times, zone + "offset", () => new Intl.DateTimeFormat("en", options));
  const part = format.formatToParts(moment).find(({ type }) => type === "timeZoneName");
  return (part?.value ?? "").replace("GMT", "") || "+00:00";
}

/**
 * @param {number} moment [ms since 1970]
 * @param {string} zone
 * @param {number} now [ms since 1970]
 * @returns {string} its offset, where clocks were or will be changed between the two
 */
function otherOffset(moment, zone, now) {
  const own = offset(moment, zone);
  return Number.isFinite(now) && own !== offset(now, zone) ? own : "";
}

/**
 * @param {number} moment [ms since 1970]
 * @param {string} zone
 * @param {number} now [ms since 1970]
 * @returns {string} HH:MM:SS in the site zone, with the date where it is a day or more away
 */
export function time(moment, zone, now) {
  if (!Number.isFinite(moment)) return "";
  const long = Math.abs(now - moment) >= DAY;
  return timeFormat(zone, long).format(moment) + otherOffset(moment, zone, now);
}

/**
 * @param {number} moment [ms since 1970]
 * @param {string} zone
 * @param {number} now [ms since 1970]
 * @returns {string} 21:47 in the site zone, 2026-11-25 where it is a day or more away
 */
export function short(moment, zone, now) {
  if (!Number.isFinite(moment)) return "–";
  const [date, clock] = timeFormat(zone, true).format(moment).split(" ");
  if (Math.abs(now - moment) >= DAY) return date;
  return clock.slice(0, 5) + otherOffset(moment, zone, now);
}

/**
 * @param {number} moment [ms since 1970]
 * @param {string} zone
 * @param {number} [now] [ms since 1970]
 * @returns {string} 2026-11-22 22:06:22 in the site zone; with its offset, where that is not now's
 */
export function stamp(moment, zone, now = NaN) {
  if (!Number.isFinite(moment)) return "–";
  return timeFormat(zone, true).format(moment) + otherOffset(moment, zone, now);
}

/**
 * @param {number} moment [ms since 1970]
 * @param {string} zone
 * @returns {string} Thu 2026-11-26, 2026-11-26 (목)
 */
export function day(moment, zone) {
  const name = language() + zone + "weekday";
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { timeZone: zone, weekday: "short" };
  const weekday = once(times, name, () => new Intl.DateTimeFormat(language(), options));
  const [date] = timeFormat(zone, true).format(moment).split(" ");
  return t("%(weekday)s %(date)s", { weekday: weekday.format(moment), date });
}

/**
 * @param {number[]} moments that are shown together [ms since 1970]
 * @param {string} zone
 * @returns {function(number): string} 2026-11-22 22:06:22, each with its offset where they have two
 */
export function stamps(moments, zone) {
  const known = moments.filter(Number.isFinite);
  const two = new Set(known.map((moment) => offset(moment, zone))).size > 1;
  const has = (/** @type {number} */ moment) => two && Number.isFinite(moment);
  return (moment) => stamp(moment, zone) + (has(moment) ? offset(moment, zone) : "");
}

/**
 * @param {string} text
 * @returns {number} how wide it is [letters]: a Korean letter takes the place of two
 */
export const breadth = (text) =>
  [...text].reduce((sum, each) => sum + (each > "\u2000" ? 2 : 1), 0);
