/** Numbers, ages and times as the overview shows them, in the page's language and the site zone. */
import { language, t } from "../../messages.mjs";

const SIGNIFICANT = 5;
const LONG = 10;
const DAY = 86400000;
/** Numbers from here on, and below the other, are written with a power of ten. */
const HUGE = 1e15;
const TINY = 1e-4;
/** @type {Map<string, Intl.NumberFormat>} */
const numbers = new Map();
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
 * @param {string} key
 * @param {Intl.NumberFormatOptions} options
 * @returns {Intl.NumberFormat} made once for each precision and language
 */
const numberFormat = (key, options) =>
  once(numbers, language() + key, () => new Intl.NumberFormat(language(), options));

/**
 * @param {number | null | undefined} value
 * @param {number | null | undefined} decimals digits after the point; null: 5 significant digits
 * @returns {string} the number, or a dash where there is none
 */
export function number(value, decimals) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const free = decimals === null || decimals === undefined;
  if (isFar(value, free)) {
    const options = { notation: "scientific", maximumSignificantDigits: SIGNIFICANT };
    return numberFormat("e", /** @type {Intl.NumberFormatOptions} */ (options)).format(value);
  }
  if (free) return numberFormat("s", { maximumSignificantDigits: SIGNIFICANT }).format(value);
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return numberFormat("d" + decimals, options).format(value === 0 ? 0 : value);
}

/**
 * @param {number} value
 * @param {boolean} free whether no digits are prescribed
 * @returns {boolean} whether it is written with a power of ten
 */
function isFar(value, free) {
  const size = Math.abs(value);
  return size >= HUGE || (free && size > 0 && size < TINY);
}

/**
 * @param {number} value
 * @returns {string} with every digit that the reading has
 */
export function exact(value) {
  return numberFormat("x", { maximumSignificantDigits: 17 }).format(value);
}

/**
 * @param {number | null} value such as a limit
 * @returns {string} with every digit that was meant: 180.1 and not 180.09999999999999
 */
export function full(value) {
  if (value === null) return "–";
  return numberFormat("f", { maximumSignificantDigits: 15 }).format(value);
}

/**
 * @param {number} value
 * @returns {string} the number, short where it has many digits: 1B, 12.346M
 */
export function compact(value) {
  const whole = number(value, null);
  if (whole.length <= LONG || Math.abs(value) >= HUGE) return whole;
  const options = { notation: "compact", maximumSignificantDigits: SIGNIFICANT };
  return numberFormat("c", /** @type {Intl.NumberFormatOptions} */ (options)).format(value);
}

/**
 * @param {number} count
 * @returns {string} "1 tag", "12 tags"
 */
export function tags(count) {
  return count === 1 ? t("1 tag") : t("%(n)s tags", { n: number(count, 0) });
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
 * @returns {string} "12.3 %" of 0.123; Korean writes no blank before the sign
 */
export function percent(share) {
  const options = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const blank = language() === "ko" ? "" : " ";
  return numberFormat("p", options).format(share * 100) + blank + "%";
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
  return t("%(n)s d", { n: number(Math.floor(seconds / 86400), 0) });
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
 * @param {number} now [ms since 1970]
 * @returns {string} HH:MM:SS in the site zone, with the date where it is a day or more away
 */
export function time(moment, zone, now) {
  if (!Number.isFinite(moment)) return "";
  return timeFormat(zone, Math.abs(now - moment) >= DAY).format(moment);
}

/**
 * @param {number} moment [ms since 1970]
 * @param {string} zone
 * @param {number} now [ms since 1970]
 * @returns {string} 21:47 in the site zone, 2026-11-25 where it is a day or more away
 */
export function short(moment, zone, now) {
  const [date, clock] = stamp(moment, zone).split(" ");
  return Math.abs(now - moment) >= DAY ? date : clock.slice(0, 5);
}

/**
 * @param {number} moment [ms since 1970]
 * @param {string} zone
 * @returns {string} 2026-11-22 22:06:22 in the site zone
 */
export function stamp(moment, zone) {
  return Number.isFinite(moment) ? timeFormat(zone, true).format(moment) : "–";
}
