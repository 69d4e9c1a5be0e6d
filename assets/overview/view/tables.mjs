/** What the server knows of a tag, as lists and tables of the details. */
import { full, written } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { limitText, sinceText, stateWord, valueText } from "../model/texts.mjs";
import { ageOf, now, statesOf, wordsOf } from "../model/model.mjs";
import { bound, label, slug, word } from "../../words.mjs";
import { el, svg } from "./dom.mjs";

/** @import { Details, Model } from "../../types.mjs" */

/** States that are said beside the word of a tag of states. */
const ALARMS = ["WARNING", "CRITICAL"];
/** What the details look back [ms]. */
const DAY = 86400000;
const SHARES = ["NORMAL", "WARNING", "CRITICAL", "BAD", "UNJUDGED", "NO DATA"];

/**
 * @param {[string, string][]} pairs
 * @returns {HTMLElement} names and what they stand for
 */
export function list(pairs) {
  const parts = pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return el("dl", { class: "details__list" }, ...parts);
}

/**
 * @param {string} caption
 * @param {string[]} columns
 * @param {HTMLElement[]} lines
 */
function table(caption, columns, lines) {
  const heads = columns.map((column) => el("th", { scope: "col" }, column));
  const head = el("thead", {}, el("tr", {}, ...heads));
  const body = el("tbody", {}, ...lines);
  return el("table", { class: "details__table" }, el("caption", {}, caption), head, body);
}

/**
 * @param {Model} model
 * @param {number[]} moments [ms since 1970]
 * @returns {function(number): string} how times of the details are written: all with their offset,
 *   where that changed within the day that they are of, or one of them is of before a change
 */
function stamps(model, moments) {
  const moment = now(model);
  return format.stamps([...moments, moment, moment - DAY], model.zone);
}

/** @param {string[]} texts @returns {HTMLElement[]} */
const cells = (texts) => texts.map((text) => el("td", {}, text));

/**
 * @param {Details} body
 * @param {Model} model
 * @param {number} i
 */
function lastReadings({ readings, digits }, model, i) {
  const stamp = stamps(
    model,
    readings.map(([moment]) => moment),
  );
  const lines = readings.map(([moment, value, qc]) => {
    const shown = value === null ? "–" : (stateWord(model, i, value) ?? written(value, digits));
    return el("tr", {}, ...cells([stamp(moment), shown, String(qc)]));
  });
  return table(t("Last readings"), [t("Time"), t("Value"), "qc"], lines);
}

/**
 * @param {Record<string, number>} share of each state [%]
 * @returns {SVGElement} the same as a bar, for the eye alone
 */
function bar(share) {
  let x = 0;
  const parts = SHARES.map((state) => {
    const width = share[state] || 0;
    x += width;
    return svg("rect", { class: "share share--" + slug(state), x: x - width, width, height: 1 });
  });
  return svg(
    "svg",
    { class: "shares", viewBox: "0 0 100 1", preserveAspectRatio: "none" },
    ...parts,
  );
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {string} state
 * @param {number | null} [value] of a tag of states
 * @returns {string} "RUN", "TRIP · ⬢ CRITICAL", "▲ WARNING"
 */
function changed(model, i, state, value = null) {
  if (value === null) return label(state);
  const said = stateWord(model, i, value) ?? full(value);
  return ALARMS.includes(state) ? said + " · " + label(state) : said;
}

/**
 * @param {Details["changes"]} changes newest first
 * @param {Model} model
 * @param {number} i
 */
function lastChanges(changes, model, i) {
  if (!changes.length) return el("p", {}, t("No change of state in 24 h"));
  const stamp = stamps(
    model,
    changes.map(([since]) => since),
  );
  const lines = changes.map(([since, state, seconds, value], k) => {
    const span = format.span(seconds * 1000);
    const lasted = k ? span : t("still on, %(span)s", { span });
    const parts = [stamp(since), changed(model, i, state, value), lasted];
    return el("tr", {}, ...cells(parts));
  });
  return table(t("Last changes of state"), [t("Since"), t("State"), t("For")], lines);
}

/** @param {Details["time_in_state"]} shares of each span of hours */
function timeInState(shares) {
  /** @type {Record<string, string>} */
  const words = {
    NORMAL: t("Normal"),
    WARNING: t("Warning"),
    CRITICAL: t("Critical"),
    BAD: t("Bad"),
    UNJUDGED: t("Not judged"),
    "NO DATA": t("No data"),
  };
  const lines = Object.entries(shares).flatMap(([hours, share]) => {
    const texts = SHARES.map((state) => format.percent((share[state] || 0) / 100));
    const name = el("th", { scope: "row" }, t("%(n)s h", { n: hours }));
    const picture = el("td", { colspan: SHARES.length + 1 }, bar(share));
    return [el("tr", {}, name, ...cells(texts)), el("tr", { "aria-hidden": "true" }, picture)];
  });
  const columns = SHARES.map((state) => words[state]);
  return table(t("Time in state"), ["", ...columns], lines);
}

/** @param {*} value @returns {string} what a column of a rule holds, in words */
function held(value) {
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  return typeof value === "number" ? full(value) : String(value);
}

/**
 * @param {Details} body
 * @param {Model} model
 * @param {number} i
 * @returns {HTMLElement} what the server knows of a tag
 */
export function content(body, model, i) {
  /** @type {[string, string][]} */
  const rule = Object.entries(body.rule || {})
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [bound(name), held(value)]);
  const shares = body.time_in_state ? timeInState(body.time_in_state) : null;
  const limits = rule.length ? list(rule) : el("p", {}, word("NO RULE"));
  const last = lastReadings(body, model, i);
  const changes = body.changes ? lastChanges(body.changes, model, i) : null;
  return el("div", {}, shares, changes, el("h3", {}, t("Rule")), limits, last);
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} when the limit was crossed, as far as that is known
 */
function crossedAt(model, i) {
  const since = model.crossed[i] && model.crossed[i][2];
  return typeof since === "number" ? stamps(model, [since])(since) : "";
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {[string, string][]} names and values of what the last frame tells
 */
export function facts(model, i) {
  const time = model.time[i];
  const moment = now(model);
  const since = sinceText(model, i, moment);
  /** @type {[string, string][]} */
  const known = [
    [t("Limit crossed"), limitText(model, i)],
    [t("Crossed"), [crossedAt(model, i), since].filter((part) => part).join(", ")],
    [t("Reasons"), wordsOf(model, i).join(" · ")],
  ];
  const age = Number.isFinite(time)
    ? t("%(age)s ago", { age: format.span(ageOf(model, i, moment)) })
    : "–";
  return [
    [t("State"), statesOf(model, i).map(label).join(" · ")],
    ...known.filter(([, text]) => text),
    [t("Value"), (valueText(model, i) + " " + model.units[i]).trim()],
    [t("Time"), stamps(model, [time])(time)],
    [t("Age"), age],
    [t("Allowed gap"), format.span(model.gaps[i] * 1000)],
  ];
}
