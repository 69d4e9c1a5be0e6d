/** Formats of the table's cells; dash-ag-grid finds them by name, without eval. */
import { language, t } from "../messages.mjs";
import { reason } from "../reasons.mjs";

/** @type {Map<string, Intl.NumberFormat>} */
const digits = new Map();
/** @type {Record<string, function(): string>} */
const QUALITY = {
  GOOD: () => t("good"),
  SUSPECT: () => t("SUSPECT"),
  BAD: () => t("BAD"),
  UNKNOWN: () => t("not judged"),
};

/** @typedef {{ data?: Record<string, *>, value?: * }} Cell */

/**
 * @param {Cell} cell
 * @returns {string} a number with five digits; a word, or digits that come as text, as they are
 */
export function number({ data, value }) {
  if (!data) return "";
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  let format = digits.get(language());
  if (!format) {
    format = new Intl.NumberFormat(language(), { maximumSignificantDigits: 5 });
    digits.set(language(), format);
  }
  return format.format(value);
}

/**
 * @param {Cell} cell
 * @returns {string} the quality's word, why, what was left out, and whether the bucket still fills
 */
export function quality({ data, value }) {
  if (!data) return "";
  const word = value in QUALITY ? QUALITY[value]() : "";
  const { n, bad, avg, last, filling, reasons } = data;
  const why = (reasons || "").split(" ").filter(Boolean).map(reason);
  // A single reading stands in its row, good or not; a bucket's numbers are without it.
  const told = n || (avg ?? last ?? null) === null;
  const without = bad && told ? t("%(n)s left out", { n: bad }) : "";
  return [word, ...why, without, filling ? t("still filling") : ""].filter(Boolean).join(" · ");
}

/**
 * @param {Cell} cell
 * @param {string} word
 * @returns {boolean} whether the quality of a row is this one
 */
export const is = ({ data }, word) => Boolean(data) && data?.quality === word;

/**
 * @param {Cell} cell
 * @returns {boolean} whether the bucket of a row is still filling
 */
export const filling = ({ data }) => Boolean(data && data.filling);
