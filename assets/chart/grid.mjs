/** Formats of the table's cells; dash-ag-grid finds them by name, without eval. */
import { forPrograms, full, written } from "../digits.mjs";
import { t } from "../messages.mjs";
import { reason } from "../reasons.mjs";
import { isNarrow } from "./surface.mjs";

export { time } from "./surface.mjs";

/** @type {Record<string, function(): string>} */
const QUALITY = {
  GOOD: () => t("good"),
  SUSPECT: () => t("SUSPECT"),
  BAD: () => t("BAD"),
  UNKNOWN: () => t("not judged"),
};

/** @typedef {{ data?: Record<string, *>, value?: *, colDef?: { field?: string } }} Cell */

/**
 * What a cell says. On a phone the newest of a bucket stands in the place of a mean that there is
 * not, of a state or a counter: the column of that is out of sight.
 *
 * @param {Cell} cell
 * @returns {{ field: string, value: *, isMoved?: boolean }} of which column it is the value
 */
function content({ data, value, colDef }) {
  const field = colDef?.field ?? "";
  const last = data?.last ?? null;
  const isMoved = field === "avg" && value === null && last !== null && isNarrow();
  return isMoved ? { field: "last", value: last, isMoved } : { field, value };
}

/**
 * @param {Cell} cell
 * @returns {string} a number with the digits of its column, of a BAD reading in full, for they are
 *   those of the others; a word, as it is
 */
export function number(cell) {
  const { data } = cell;
  if (!data) return "";
  const { field, value, isMoved } = content(cell);
  if (typeof value === "string") return value;
  const isBad = data.quality === "BAD";
  const text = isBad ? full(value) : written(value, data.digits[field] ?? 0);
  return isMoved ? t("last %(n)s", { n: text }) : text;
}

/**
 * @param {Cell} cell
 * @returns {string} every digit of a number, where the cell leaves any out
 */
export function inFull(cell) {
  const { value, isMoved } = content(cell);
  if (typeof value !== "number") return "";
  const exact = full(value);
  const shown = isMoved ? number({ ...cell, value, colDef: { field: "last" } }) : number(cell);
  const read = Number(forPrograms(shown).replaceAll(",", ""));
  return read === value ? "" : t("%(n)s in full", { n: exact });
}

/** What a share is told to: less is not none, and what is short of all by less not all. */
const LEAST = 0.001;

/**
 * @param {Cell} cell
 * @returns {string} a share in per cent, with a digit after the point where it is not all
 */
export function share({ value }) {
  if (typeof value !== "number") return "";
  if (value === 1) return "100%";
  if (value > 0 && value < LEAST) return `<${100 * LEAST}%`;
  return value > 1 - LEAST ? `>${100 * (1 - LEAST)}%` : `${(100 * value).toFixed(1)}%`;
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

/**
 * @param {Cell} cell
 * @returns {string} what a row shows in the place of what it sorts by
 */
export const text = ({ data, colDef }) => data?.texts[colDef?.field ?? ""] ?? "";

/**
 * @param {string} name of a tag
 * @returns {[string, string]} what others over the chart begin with too, and the rest
 */
export function parts(name) {
  const row = `.legend tr[data-tag="${CSS.escape(name)}"] .name__alike`;
  const shared = document.querySelector(row)?.textContent?.length ?? 0;
  return [name.slice(0, shared), name.slice(shared)];
}

/** Tab goes past the rows, which are thousands: arrows go through them. */
export const tab = () => false;

/**
 * Enter does in a row that leads somewhere what a click does.
 *
 * @param {KeyboardEvent} event
 */
function press({ key, target }) {
  const isCell = target instanceof HTMLElement && target.matches(".rows-table--leads .ag-cell");
  if (key === "Enter" && isCell) target.click();
}

/** Listen while the page is open. */
export const listen = () => document.addEventListener("keydown", press);
