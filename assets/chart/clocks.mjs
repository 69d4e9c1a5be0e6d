/** The clock of a zone: what it reads at a time, and when it reads something. */

const DAY = 86_400_000;
/** Made once for each zone. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} zone @returns {Intl.DateTimeFormat} */
function formatOf(zone) {
  const known = formats.get(zone);
  if (known) return known;
  /** @type {Intl.DateTimeFormatOptions} */
  const day = { year: "numeric", month: "2-digit", day: "2-digit" };
  /** @type {Intl.DateTimeFormatOptions} */
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  const made = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, ...day, ...clock });
  formats.set(zone, made);
  return made;
}

/**
 * @param {number} at [ms since 1970]
 * @param {string} zone
 * @returns {number} how far its clock is ahead of UTC then [ms]
 */
function ahead(at, zone) {
  const second = Math.floor(at / 1000) * 1000;
  return Date.parse(formatOf(zone).format(second).replace(" ", "T") + "Z") - second;
}

/**
 * @param {number} start [ms since 1970]
 * @param {number} stop [ms since 1970]
 * @param {string} zone
 * @returns {number} of how many days a window is by the clock, whatever that did between; 0 of one
 *   that does not begin and end at one time of day
 */
export function daysOf(start, stop, zone) {
  const days = (stop + ahead(stop, zone) - start - ahead(start, zone)) / DAY;
  return Number.isInteger(days) ? days : 0;
}

/**
 * @param {number} at [ms since 1970]
 * @param {number} days
 * @param {string} zone
 * @returns {number} when its clock reads the same so many days later: for the first time, or as if
 *   it had not changed yet where it skips that
 */
export function later(at, days, zone) {
  const read = at + ahead(at, zone) + days * DAY;
  const [before, after] = [read - DAY, read + DAY].map((side) => read - ahead(side, zone));
  const fits = [before, after].filter((each) => each + ahead(each, zone) === read);
  return Math.min(...fits, fits.length ? Infinity : before);
}
