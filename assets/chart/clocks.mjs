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
 * @param {number} reads what the clock reads, as if it were UTC [ms]
 * @param {string} zone
 * @returns {number} when it reads that: for the first time, or as if it had not changed yet where
 *   it skips that [ms since 1970]
 */
function when(reads, zone) {
  const [before, after] = [reads - DAY, reads + DAY].map((side) => reads - ahead(side, zone));
  const fits = [before, after].filter((each) => each + ahead(each, zone) === reads);
  return Math.min(...fits, fits.length ? Infinity : before);
}

/**
 * @param {number} reads what the clock reads, as if it were UTC [ms]
 * @returns {number} months since 1970; NaN of any time but the first of a month
 */
function monthsTo(reads) {
  const date = new Date(reads);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return Date.UTC(year, month) === reads ? 12 * (year - 1970) + month : NaN;
}

/**
 * The window before or after one that is so many months or days by the clock, whatever that did
 * between: of January February follows, though it is shorter.
 *
 * @param {number} start [ms since 1970]
 * @param {number} stop [ms since 1970]
 * @param {1 | -1} direction
 * @param {string} zone
 * @returns {[number, number] | null} null of one that is neither [ms since 1970]
 */
export function beside(start, stop, direction, zone) {
  const reads = [start, stop].map((each) => each + ahead(each, zone));
  const [first, last] = reads.map(monthsTo);
  const days = (reads[1] - reads[0]) / DAY;
  /** @type {(read: number) => number} */
  let moved = (read) => read + direction * days * DAY;
  if (last > first) moved = (read) => Date.UTC(1970, monthsTo(read) + direction * (last - first));
  else if (!days || !Number.isInteger(days)) return null;
  const [from, to] = reads.map((read) => when(moved(read), zone));
  return [from, to];
}
