/** Words and shapes of states. Status = word + shape + colour. */
import { t } from "../../messages.mjs";

/** The shape alone tells states apart in greyscale. @type {Record<string, string>} */
export const SHAPES = {
  STALE: "◌",
  "NO DATA": "○",
  BAD: "✕",
  CLOCK: "◷",
  CRITICAL: "⬢",
  WARNING: "▲",
  LATE: "◔",
  SUSPECT: "?",
  "RULE ERROR": "‼",
  "NO RULE": "",
  DISABLED: "⊘",
  NORMAL: "",
};

/**
 * @param {string} state
 * @returns {string} "no-data" for "NO DATA": the state as part of a class name
 */
export const slug = (state) => state.toLowerCase().replace(" ", "-");

/**
 * @param {string} state
 * @returns {string} "no_data" for "NO DATA": the state as part of a key of the catalogue
 */
export const key = (state) => state.toLowerCase().replace(" ", "_");

/**
 * @param {string} state
 * @returns {string} the state in the page's language
 */
export const word = (state) => t(`state_${key(state)}`);

/**
 * @param {string} state
 * @returns {string} shape and word, as on a badge
 */
export const label = (state) => (SHAPES[state] ? SHAPES[state] + " " : "") + word(state);
