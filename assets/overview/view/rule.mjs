/** A rule in words; the names of its columns stand in the titles. */
import { full } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { letters } from "../model/texts.mjs";
import { bound, word } from "../../words.mjs";
import { el } from "./dom.mjs";

/** @typedef {Record<string, *>} Rule by its columns */
/** @typedef {[string, string, string[]]} Line name, words, columns; none is shown without words */

/** Columns that the lines below tell of. */
const TOLD = [
  ...["tag_name", "min_val", "max_val", "crit_min", "warn_min", "warn_max", "crit_max", "enabled"],
  ...["max_step", "roc_max_per_min", "spike_zscore", "max_gap_seconds", "deadband_pct"],
  ...["allow_negative", "meta"],
];

/** @param {(string | null)[]} parts @returns {string} what there is of them */
const joined = (parts) => parts.filter((part) => part).join(" · ");

/** @param {*} value @returns {boolean} */
const isNumber = (value) => typeof value === "number";

/**
 * @param {Rule} rule
 * @param {string} column
 * @param {function(string): string} words
 * @returns {string} nothing where the column is empty
 */
const of = (rule, column, words) => (isNumber(rule[column]) ? words(full(rule[column])) : "");

/** @param {Rule} rule @returns {Record<string, *>} what `meta` holds */
function metaOf({ meta }) {
  if (typeof meta !== "string") return {};
  const found = JSON.parse(meta);
  return found && typeof found === "object" ? found : {};
}

/**
 * @param {Rule} rule
 * @param {string} unit with a blank before it
 * @returns {Line[]} limits and span
 */
function limitLines(rule, unit) {
  const [loLo, lo, hi, hiHi] = letters();
  const pair = (/** @type {string[]} */ columns, /** @type {string[]} */ names) => {
    const parts = columns.map((column, k) => of(rule, column, (n) => names[k] + " " + n));
    return joined(parts) && joined(parts) + unit;
  };
  const [low, high] = ["min_val", "max_val"].map((column) => of(rule, column, (n) => n));
  const span = low || high ? (low || "…") + " – " + (high || "…") + unit : "";
  const sign = rule.allow_negative === false ? t("never negative") : "";
  return [
    [word("CRITICAL"), pair(["crit_min", "crit_max"], [loLo, hiHi]), ["crit_min", "crit_max"]],
    [word("WARNING"), pair(["warn_min", "warn_max"], [lo, hi]), ["warn_min", "warn_max"]],
    [t("Span"), joined([span, sign]), ["min_val", "max_val", "allow_negative"]],
  ];
}

/**
 * @param {Rule} rule
 * @param {string} unit with a blank before it
 * @param {number | null} width of the span [unit]
 * @returns {Line[]} what else is judged
 */
function otherLines(rule, unit, width) {
  const per = rule.deadband_pct;
  const inside = width && per ? full(Number(((width * per) / 100).toPrecision(12))) + unit : "";
  const flat = metaOf(rule).flat_seconds;
  const band = isNumber(per) ? t("deadband %(n)s", { n: full(per) + "%" }) : "";
  const returns = inside ? t("%(n)s inside a limit", { n: inside }) + " (" + band + ")" : band;
  const seconds = (/** @type {number} */ n) => format.span(n * 1000);
  const step = of(rule, "max_step", (n) => t("%(n)s a reading", { n: n + unit }));
  const rate = of(rule, "roc_max_per_min", (n) => t("%(n)s a minute", { n: n + unit }));
  const still = isNumber(flat) ? t("no change for %(span)s", { span: seconds(flat) }) : "";
  const gap = isNumber(rule.max_gap_seconds) ? seconds(rule.max_gap_seconds) : "";
  return [
    [t("Returns"), returns, ["deadband_pct"]],
    [t("Step, rate"), joined([step, rate]), ["max_step", "roc_max_per_min"]],
    [
      t("Spike, stuck"),
      joined([of(rule, "spike_zscore", (n) => "z " + n), still]),
      ["spike_zscore", "meta"],
    ],
    [t("Allowed gap"), gap, ["max_gap_seconds"]],
  ];
}

/** @param {*} value @returns {string} what a column of a rule holds, in words */
function held(value) {
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  return isNumber(value) ? full(value) : String(value);
}

/** @param {Rule} rule @returns {Line[]} what stands in columns that have no line of their own */
function restLines(rule) {
  const meta = { ...metaOf(rule) };
  delete meta.flat_seconds;
  const more = Object.keys(meta).length ? JSON.stringify(meta) : "";
  const other = Object.entries(rule).filter(
    ([name, value]) => value !== null && !TOLD.includes(name),
  );
  return [
    ...other.map(([name, value]) => /** @type {Line} */ ([bound(name), held(value), [name]])),
    [bound("meta"), more, ["meta"]],
    [bound("enabled"), rule.enabled === false ? t("no") : "", ["enabled"]],
  ];
}

/**
 * @param {Rule | null} rule
 * @param {string} unit
 * @param {number | null} width of the span [unit]
 * @returns {HTMLElement} the rule, or that there is none
 */
export function ruleWords(rule, unit, width) {
  const blank = unit ? " " + unit : "";
  const lines = rule
    ? [...limitLines(rule, blank), ...otherLines(rule, blank, width), ...restLines(rule)]
    : [];
  const parts = lines
    .filter(([, words]) => words)
    .flatMap(([name, words, columns]) => {
      return [el("dt", {}, name), el("dd", { title: columns.join(", ") }, words)];
    });
  if (!parts.length) return el("p", {}, word("NO RULE"));
  return el("dl", { class: "details__list" }, ...parts);
}
