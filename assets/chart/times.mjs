/** Times of a chart: as plotly writes them, and as an address does. */

const MINUTE = 60000;
/** Signs of an offset such as +09:00, at the end of a time. */
export const OFFSET = 6;

/**
 * @param {string | number} text
 * @returns {number} milliseconds of a time as plotly writes it, in the displayed clock
 */
export function displayed(text) {
  if (typeof text === "number") return text;
  return Date.parse(text.replace(" ", "T") + (/\d\d:\d\d/.test(text) ? "Z" : ""));
}

/**
 * @param {number} utc [ms since 1970]
 * @param {number} offset of the displayed clock [min]
 * @param {boolean} precise whether to the millisecond
 * @returns {string} ISO time with the offset of the displayed clock
 */
export function iso(utc, offset, precise) {
  offset = Math.trunc(offset); // in 1971 Liberia was 44 min 30 s behind: no text says that
  const sign = offset < 0 ? "-" : "+";
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const text = new Date(utc + offset * MINUTE).toISOString().slice(0, precise ? 23 : 19);
  const pad = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return text + sign + pad(hours) + ":" + pad(minutes);
}
