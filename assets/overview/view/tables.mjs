/** What the server knows of a tag, as lists and tables of the details. */
import { full, written } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { letters, stateWord } from "../model/texts.mjs";
import { now, reasonsIn } from "../model/model.mjs";
import { label, SHAPES, slug } from "../../words.mjs";
import { el, svg } from "./dom.mjs";
import { curve } from "./eight.mjs";
import { ruleWords } from "./rule.mjs";

/** @import { Change, Details, Model } from "../../types.mjs" */
/** States that are said beside the word of a tag of states. */
const ALARMS = ["WARNING", "CRITICAL"];
/** Qualities of a reading that nothing speaks against. */
const QUIET = ["GOOD", "UNKNOWN"];
/** The limits that set them, low and high, by their place. @type {Record<string, number[]>} */
const CROSSED = { WARNING: [1, 2], CRITICAL: [0, 3] };
/** What the details look back [ms]. */
const DAY = 86400000;
/** Changes of state that are told at most. */
const MOST = 10;
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
export function stamps(model, moments) {
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
function lastReadings({ readings, digits, quality }, model, i) {
  const stamp = stamps(
    model,
    readings.map(([moment]) => moment),
  );
  const lines = readings.map(([moment, value, qc], k) => {
    const shown = value === null ? "–" : (stateWord(model, i, value) ?? written(value, digits));
    const [state, mask] = quality?.[k] || ["UNKNOWN", 0];
    const kind = state === "BAD" ? "details__bad" : null;
    const words = [...reasonsIn(model, mask), qc ? "qc " + qc : ""].filter((each) => each);
    const judged = QUIET.includes(state) ? label(state) : el("b", {}, label(state));
    const quite = el("td", {}, judged, words.length ? " " + words.join(" · ") : "");
    return el("tr", {}, ...cells([stamp(moment)]), el("td", { class: kind }, shown), quite);
  });
  const value = model.units[i] || t("Value");
  return table(t("Last readings"), [t("Time"), value, t("Quality")], lines);
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
 * @param {string | null} before state before the first of them, where that is known
 * @param {number} moment [ms since 1970]
 * @returns {HTMLElement} the same as a strip of a day, for the eye alone
 */
function strip(changes, before, moment) {
  const share = (/** @type {number} */ at) => Math.max(0, 100 + ((at - moment) / DAY) * 100);
  const parts = changes.map(([since, state, seconds], k) => {
    const [x, end] = [share(since), k ? share(since + seconds * 1000) : 100];
    const kind = { class: "share share--" + slug(state), x, width: Math.max(0, end - x) };
    return svg("rect", { ...kind, height: 1 });
  });
  const first = changes.length ? share(changes[changes.length - 1][0]) : 100;
  if (before)
    parts.push(svg("rect", { class: "share share--" + slug(before), width: first, height: 1 }));
  const box = { class: "shares shares--day", viewBox: "0 0 100 1", preserveAspectRatio: "none" };
  const ends = el("p", { class: "details__ends" }, el("span", {}, t("24 h ago")), " ");
  ends.append(el("span", {}, t("now")));
  return el("div", { "aria-hidden": "true" }, svg("svg", box, ...parts), ends);
}

/**
 * @param {(number | null)[]} limits lo_lo, lo, hi, hi_hi [unit]
 * @param {string} state
 * @param {number | null} [extreme] farthest beyond the limits while it lasted [unit]
 * @returns {string} "over HH 19,000"; nothing of a state that its deadband alone keeps on
 */
export function reason(limits, state, extreme) {
  const [under, over] = CROSSED[state] || [];
  if (under === undefined || typeof extreme !== "number") return "";
  const named = (/** @type {number} */ k) => ({ limit: letters()[k] + " " + full(limits[k]) });
  const [low, high] = [limits[under], limits[over]];
  if (high !== null && extreme >= high) return t("over %(limit)s", named(over));
  return low !== null && extreme <= low ? t("under %(limit)s", named(under)) : "";
}

/**
 * @param {Details["changes"]} changes newest first
 * @param {string | null} before state before the first of them, where that is known
 * @param {Model} model
 * @param {number} i
 * @param {number} digits
 */
function lastChanges(changes, before, model, i, digits) {
  if (!changes.length) return el("p", {}, t("No change of state in 24 h"));
  const stamp = stamps(
    model,
    changes.map(([since]) => since),
  );
  const lines = changes.map(([since, state, seconds, value, extreme], k) => {
    const span = format.span(seconds * 1000);
    const lasted = k ? span : t("still on, %(span)s", { span });
    const kind = state === "NORMAL" ? "" : "badge badge--" + slug(state);
    const badge = el("span", { class: kind || null }, changed(model, i, state, value));
    const far = typeof extreme === "number" ? written(extreme, digits) : "";
    const why = reason(model.limits[i], state, extreme);
    const [at, ...rest] = cells([stamp(since), why, lasted, far]);
    return el("tr", {}, at, el("td", {}, badge), ...rest);
  });
  const columns = [t("Since"), t("State"), t("Why"), t("For"), t("Extreme")];
  // The strip is of a day: it stands below its heading, not below the eight hours of the curve.
  const title = t("Last changes of state");
  const list = table(title, columns, lines);
  list.classList.add("details__table--titled");
  return el("div", {}, el("h3", {}, title), strip(changes, before, now(model)), list);
}

/**
 * @param {Details} body
 * @returns {string | null} the state with which the day began: of that there is more than all
 *   changes lasted; null where there are more changes than are told
 */
function atFirst({ changes, time_in_state: shares }) {
  const day = shares?.["24"];
  if (!day || changes.length >= MOST) return null;
  const left = SHARES.map((state) => {
    const of = changes.filter((each) => each[1] === state);
    const told = of.reduce((sum, [, , seconds]) => sum + seconds, 0);
    return (day[state] || 0) - (told * 1000 * 100) / DAY;
  });
  return SHARES[left.indexOf(Math.max(...left))];
}

/** @returns {Record<string, string>} what each share is of */
const shareWords = () => ({
  NORMAL: t("Normal"),
  WARNING: t("Warning"),
  CRITICAL: t("Critical"),
  BAD: t("Bad"),
  UNJUDGED: t("Not judged"),
  "NO DATA": t("No data"),
});

/**
 * @param {Record<string, number>} share of each state [%]
 * @returns {string} how much of the time was not normal; a dash where nothing judged the tag
 */
export const abnormal = (share) =>
  SHARES.slice(0, -2).some((state) => share[state])
    ? format.part(1 - (share.NORMAL || 0) / 100)
    : "–";

/** @param {Details["time_in_state"]} shares of each span of hours */
function timeInState(shares) {
  const words = shareWords();
  const lines = Object.entries(shares).map(([hours, share]) => {
    const told = SHARES.filter((state) => share[state]).map(
      (state) => words[state] + " " + format.part(share[state] / 100),
    );
    const name = el("th", { scope: "row" }, t("%(n)s h", { n: hours }));
    const heard = el("span", { class: "visually-hidden" }, told.join(", "));
    const picture = el("td", { title: told.join(" · ") }, bar(share), heard);
    return el("tr", {}, name, picture, ...cells([abnormal(share)]));
  });
  const found = table(t("Time in state"), [t("Time"), t("State"), t("not normal")], lines);
  found.classList.add("details__table--bars");
  return el("div", {}, found, legend(words, Object.values(shares)));
}

/**
 * @param {Record<string, string>} words
 * @param {Record<string, number>[]} shares
 * @returns {HTMLElement} what the parts of the bars stand for, as far as there are some
 */
function legend(words, shares) {
  const there = SHARES.filter((state) => state === "NORMAL" || shares.some((each) => each[state]));
  const parts = there.map((state) => {
    const box = svg("svg", { viewBox: "0 0 1 1", "aria-hidden": "true" });
    box.append(svg("rect", { class: "share share--" + slug(state), width: 1, height: 1 }));
    const shape = SHAPES[state] ? SHAPES[state] + " " : "";
    return el("span", { class: "details__key--" + slug(state) }, box, shape + words[state]);
  });
  return el("p", { class: "details__key" }, ...parts);
}

/**
 * @param {Details} body
 * @param {Model} model
 * @param {number} i
 * @returns {HTMLElement} what the server knows of a tag
 */
export function content(body, model, i) {
  const shares = body.time_in_state ? timeInState(body.time_in_state) : null;
  const changes = body.changes
    ? lastChanges(body.changes, atFirst(body), model, i, body.digits)
    : null;
  const rule = ruleWords(body.rule, model.units[i], model.widths[i]);
  const last = lastReadings(body, model, i);
  const left = el("div", {}, curve(body, model, i), changes);
  const right = el("div", {}, shares, el("h3", {}, t("Rule")), rule, last);
  return el("div", { class: "details__parts" }, left, right);
}

/**
 * @param {Details} body
 * @param {Model} model
 * @returns {string} "worst 19,612 at 21:58:35" of the alarm that is on, nothing without one
 */
export function worstText({ changes = [], digits }, model) {
  const calm = changes.findIndex(([, state]) => !ALARMS.includes(state));
  const on = changes.slice(0, calm < 0 ? changes.length : calm);
  const far = on.find(([, state]) => state === "CRITICAL") || on[0];
  if (!far || typeof far[4] !== "number" || typeof far[5] !== "number") return "";
  const values = { value: written(far[4], digits), time: stamps(model, [far[5]])(far[5]) };
  return t("worst %(value)s at %(time)s", values);
}
