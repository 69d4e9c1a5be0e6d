/** Counts, sizes and lengths of time as they are read. */
import { language, t } from "../messages.mjs";

const SIZES = ["B", "kB", "MB", "GB", "TB"];
const MINUTE = 60;
const HOUR = 3600;

/** @param {number} value @param {number} digits @returns {string} */
const rounded = (value, digits) =>
  new Intl.NumberFormat(language(), { maximumSignificantDigits: digits }).format(value);

/** @param {number} count @returns {string} all of its digits */
export const exact = (count) => new Intl.NumberFormat(language()).format(count);

/** @param {number} count @returns {string} such as 2.16M, where more is not known */
export const about = (count) =>
  new Intl.NumberFormat(language(), { notation: "compact", maximumSignificantDigits: 3 }).format(
    count,
  );

/** @param {number} bytes @returns {string} such as 103 MB */
export function size(bytes) {
  let [value, place] = [bytes, 0];
  while (value >= 999.5 && place < SIZES.length - 1) [value, place] = [value / 1000, place + 1];
  return `${rounded(value, 3)} ${SIZES[place]}`;
}

/** @param {number} seconds @returns {string} such as 3.9 s, 12 min */
export function length(seconds) {
  if (seconds < MINUTE) return t("%(n)s s", { n: rounded(seconds, 2) });
  if (seconds < HOUR) return t("%(n)s min", { n: Math.round(seconds / MINUTE) });
  return t("%(n)s h", { n: rounded(seconds / HOUR, 2) });
}
