/** Words and shapes: of states, of columns. Status = word + shape + colour. */
import { t } from "./messages.mjs";

/** @typedef {Record<string, function(): string>} Words each is made when it is needed */

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
  "NO RULE": "–",
  DISABLED: "⊘",
  NORMAL: "",
};

/**
 * @param {string} state
 * @returns {string} "no-data" for "NO DATA": the state as part of a class name
 */
export const slug = (state) => state.toLowerCase().replace(" ", "-");

/** @type {Words} */
const STATES = {
  STALE: () => t("STALE"),
  "NO DATA": () => t("NO DATA"),
  BAD: () => t("BAD"),
  CLOCK: () => t("CLOCK"),
  CRITICAL: () => t("CRITICAL"),
  WARNING: () => t("WARNING"),
  LATE: () => t("LATE"),
  SUSPECT: () => t("SUSPECT"),
  "RULE ERROR": () => t("RULE ERROR"),
  "NO RULE": () => t("NO RULE"),
  DISABLED: () => t("DISABLED"),
  NORMAL: () => t("NORMAL"),
  FRESH: () => t("FRESH"),
  GOOD: () => t("GOOD"),
  UNKNOWN: () => t("UNKNOWN"),
  UNJUDGED: () => t("UNJUDGED"),
};

/** What a rule consists of, by its columns. @type {Words} */
const RULE = {
  tag_name: () => t("Tag"),
  min_val: () => t("Span from"),
  max_val: () => t("Span to"),
  crit_min: () => t("low low (LL)"),
  warn_min: () => t("low (L)"),
  warn_max: () => t("high (H)"),
  crit_max: () => t("high high (HH)"),
  max_step: () => t("Largest step"),
  roc_max_per_min: () => t("Largest change per minute"),
  spike_zscore: () => t("Spike from a z-score of"),
  max_gap_seconds: () => t("Allowed gap [s]"),
  deadband_pct: () => t("Deadband [per cent of span]"),
  allow_negative: () => t("Negative values allowed"),
  enabled: () => t("Rule in force"),
  meta: () => t("More"),
};

/** Columns of the table. @type {Words} */
const COLUMNS = {
  tag: () => t("Tag"),
  time: () => t("Time"),
  value: () => t("Value"),
  unit: () => t("Unit"),
  age: () => t("Age"),
  freshness: () => t("Freshness"),
  quality: () => t("Quality"),
  alarm: () => t("Alarm"),
  reasons: () => t("Reasons"),
};

/**
 * @param {Words} words
 * @param {string} key
 * @returns {string} a word in the page's language; what has none is said as it came
 */
const said = (words, key) => (words[key] ? words[key]() : key);

/** @param {string} state @returns {string} */
export const word = (state) => said(STATES, state);

/** @param {string} name of a column of `influx_qc_rule` @returns {string} */
export const bound = (name) => said(RULE, name);

/** @param {string} name @returns {string} */
export const column = (name) => said(COLUMNS, name);

/**
 * @param {string} state
 * @returns {string} shape and word, as on a badge
 */
export const label = (state) => (SHAPES[state] ? SHAPES[state] + " " : "") + word(state);
