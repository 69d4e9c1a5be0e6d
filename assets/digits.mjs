/**
 * How numbers are written, everywhere: `data/analysis/written/digits.py` writes the same texts and
 * decides on the digits, for it knows all that is shown together. They are a whole number:
 * decimals, or below 0 a power of ten with -1 - digits decimals of its mantissa.
 */

const NOTHING = "–";
/** The minus of the axes. */
const MINUS = "−";
/** Powers of ten from which on, or below which, a number alone is written with one. */
const HUGE = 15;
const TINY = -4;
/** Decimals of a mantissa that has all that a number of 15 digits has. */
const MOST = 14;
/** Digits before the point that `toFixed` writes. */
const PLAIN = 1e21;

/** @param {string} text of a number @returns {string} as people read it */
const signed = (text) => text.replaceAll("-", MINUS);

/**
 * @param {string} text in which numbers stand as people read them
 * @returns {string} as programs read them: with a hyphen
 */
export const forPrograms = (text) => text.replace(/−(?=[\d.])/g, "-");

/**
 * @param {string} text digits, perhaps with a sign and a point
 * @returns {string} with commas between thousands
 */
function grouped(text) {
  const [whole, part] = text.split(".");
  const commas = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? commas : commas + "." + part;
}

/**
 * @param {number | null | undefined} value
 * @param {number} digits
 * @returns {string} 1,883.3103 or 4.00e-6; a dash for what is no number
 */
export function written(value, digits) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (digits < 0 || Math.abs(value) >= PLAIN) {
    return signed((value === 0 ? 0 : value).toExponential(digits < 0 ? -1 - digits : MOST));
  }
  const text = grouped(value.toFixed(digits));
  return /[1-9]/.test(text) ? signed(text) : text.replace("-", "");
}

/**
 * @param {number | null | undefined} value
 * @returns {string} with every digit: the shortest text that reads back as the same number
 */
export function full(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  const shortest = value.toExponential();
  const power = Number(shortest.slice(shortest.indexOf("e") + 1));
  const plain = value === 0 || (power >= TINY && power < HUGE);
  return signed(plain ? grouped(String(value)) : shortest);
}
