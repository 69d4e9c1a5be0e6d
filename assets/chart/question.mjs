/**
 * The question of trend and tech: which one follows when a control changes. Works on what it is
 * given; touches no node. No number of a reading is computed here.
 */
import { displayed, iso } from "./times.mjs";

/** @import { Question, Shown } from "../types.mjs" */

/**
 * What a control's change is seen in.
 *
 * @typedef {object} Situation
 * @property {string} page `trend` or `tech`
 * @property {Shown | null} shown the answer that is drawn
 * @property {string | null} from what stands in the fields of the range
 * @property {string | null} to
 * @property {number} width of the chart [px]
 * @property {string} theme
 */

const MINUTE = 60000;
/** The shortest stretch that is looked at [ms]. */
const SHORTEST = 1000;
/** A step that ends this near to now, as a share of the window, arrives at the live window. */
const NEAR_NOW = 0.1;

/**
 * Let a question look at [start, stop), never past now.
 *
 * @param {Question} question
 * @param {Shown} shown
 * @param {number} start [ms since 1970]
 * @param {number} stop [ms since 1970]
 * @returns {Question}
 */
function look(question, shown, start, stop) {
  const now = Date.parse(shown.now);
  const span = Math.max(stop - start, SHORTEST);
  const last = Math.min(stop, now);
  const first = Math.max(stop > now ? last - span : start, 0);
  const bounds = [first, last].map((time) => iso(time, shown.offset, span < MINUTE));
  return { ...question, zoom: bounds.join("/") };
}

/**
 * One window back or forward; forward into the present is the live window again.
 *
 * @param {Question} question
 * @param {Shown} shown
 * @param {1 | -1} direction
 * @returns {Question}
 */
function step(question, shown, direction) {
  const [start, stop] = [Date.parse(shown.start), Date.parse(shown.stop)];
  const span = stop - start;
  const arrives = stop + span >= Date.parse(shown.now) - span * NEAR_NOW;
  if (direction > 0 && arrives && !question.start) return whole(question);
  return look(question, shown, start + direction * span, stop + direction * span);
}

/** @param {Question} question @returns {Question} of the whole window */
const whole = (question) => ({ ...question, zoom: null });

/**
 * What plotly reports after a drag: a new range, or the wish for the whole window.
 *
 * @param {Question} question
 * @param {Shown} shown
 * @param {Record<string, *>} report
 * @returns {Question | null}
 */
function relayout(question, shown, report) {
  if (report["xaxis.autorange"]) return question.zoom ? whole(question) : null;
  const range = report["xaxis.range"] || [report["xaxis.range[0]"], report["xaxis.range[1]"]];
  if (range[0] === undefined || range[1] === undefined) return null;
  const edges = range.map((/** @type {string | number} */ edge) => displayed(edge));
  const [start, stop] = edges.map((/** @type {number} */ edge) => edge - shown.offset * MINUTE);
  return look(question, shown, start, stop);
}

/** @param {Question} question @param {Situation} situation @returns {string[]} */
const tagsOf = (question, { shown }) => question.tag || (shown && shown.tags) || [];

/** @type {function(string): Change} */
const chosen = (name) => (question, value) =>
  // Dash's list empties itself, once loaded, of a value it does not offer: nobody chose that.
  value ? { ...question, [name]: value } : null;

/** @type {function(1 | -1): Change} */
const stepped =
  (direction) =>
  (question, value, { shown }) =>
    value && shown ? step(question, shown, direction) : null;

/** @typedef {function(Question, *, Situation): Question | null} Change null: it stays as it is */

/** What follows from each control. @type {Record<string, Change>} */
const CHANGES = {
  window: (question, value) =>
    value ? { ...question, window: value, start: null, stop: null, zoom: null } : null,
  statistic: chosen("statistic"),
  axes: chosen("axes"),
  resolution: chosen("resolution"),
  add(question, value, situation) {
    const tags = tagsOf(question, situation);
    if (!value || tags.includes(value)) return null;
    return { ...question, tag: situation.page === "tech" ? [value] : [...tags, value] };
  },
  remove(question, value, situation) {
    const tags = tagsOf(question, situation);
    return { ...question, tag: tags.filter((_tag, index) => index !== value) };
  },
  go: (question, _value, { from, to }) => {
    return { ...question, window: null, zoom: null, start: from || null, stop: to || null };
  },
  back: stepped(-1),
  forward: stepped(1),
  reset: (question, value) => (value ? whole(question) : null),
  chart: (question, value, { shown }) => (value && shown ? relayout(question, shown, value) : null),
  event(question, value, { width, theme }) {
    if (!value) return null;
    if (value.kind === "reset") return question.zoom ? whole(question) : null;
    return { ...question, width, theme, n: (question.n || 0) + 1 };
  },
};

/**
 * @param {Question} question
 * @param {string} name of the control that changed
 * @param {*} value
 * @param {Situation} situation
 * @returns {Question | null} the question after that, null if it stays as it is
 */
export function next(question, name, value, situation) {
  const change = Object.hasOwn(CHANGES, name) ? CHANGES[name] : null;
  return change && change(question, value, situation);
}

/**
 * @param {Question} question
 * @param {Shown | null} shown
 * @returns {Record<string, string | string[] | null | undefined>} what the address says of it: what
 *   would be so anyway is left out
 */
export function addressOf(question, shown) {
  const unlessUsual = (
    /** @type {string | null | undefined} */ value,
    /** @type {string} */ usual,
  ) => (value === usual ? null : value);
  return {
    tag: question.tag || (shown && shown.tags) || [],
    window: unlessUsual(question.window, "24h"),
    start: question.start,
    stop: question.stop,
    zoom: question.zoom,
    statistic: unlessUsual(question.statistic, "avg"),
    axes: unlessUsual(question.axes, "lanes"),
    resolution: unlessUsual(question.resolution, "auto"),
    tz: question.tz,
  };
}
