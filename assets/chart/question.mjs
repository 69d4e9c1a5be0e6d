/**
 * The question of trend and tech: which one follows when a control changes. Works on what it is
 * given; touches no node. No number of a reading is computed here.
 */
import { beside } from "./clocks.mjs";
import { displayed, iso } from "./times.mjs";

/** @import { Question, Shown } from "./types.mjs" */

/**
 * What a control's change is seen in.
 *
 * @typedef {object} Situation
 * @property {string} page `trend` or `tech`
 * @property {Shown | null} shown the answer that is drawn
 * @property {number} width of the chart [px]
 * @property {string} theme
 */

const MINUTE = 60000;
/** The shortest stretch that is looked at [ms]. */
const SHORTEST = 1000;
/** A step that ends this near to now, as a share of the window, arrives at the live window. */
const NEAR_NOW = 0.1;

/**
 * Let a question look at what of [start, stop) lies between 1970 and now; at a second at least.
 *
 * @param {Question} question
 * @param {Shown} shown
 * @param {number} start [ms since 1970]
 * @param {number} stop [ms since 1970]
 * @returns {Question | null} null where nothing of it is left
 */
function look(question, shown, start, stop) {
  const now = Date.parse(shown.now);
  const last = Math.min(stop, now);
  const first = Math.max(stop - start < SHORTEST ? last - SHORTEST : start, 0);
  if (last - first < SHORTEST) return null;
  const bounds = [first, last].map((time) => iso(time, shown.offset, last - first < MINUTE));
  return { ...question, zoom: bounds.join("/"), compare: heldBack(question, shown) };
}

/**
 * A start that was typed is that of the window, which may move on with the clock: what is looked at
 * inside of it lies as far from what it is compared with as it did when it was drawn.
 *
 * @param {Question} question
 * @param {Shown} shown
 * @returns {string | null | undefined} with what it is compared
 */
function heldBack({ compare }, { time, query, asked }) {
  if (!compare || compare.includes("/") || !time.window) return compare;
  const start = asked.compare === compare ? String(query.compare) : compare;
  return start.startsWith("-") ? compare : `${start}/${time.start}`;
}

/**
 * One window back or forward, as long as what is shown, or of as many months or days by the clock;
 * forward into the present is the live window again. Where time ends it stops.
 *
 * @param {Question} question
 * @param {Shown} shown
 * @param {1 | -1} direction
 * @returns {Question | null}
 */
function step(question, shown, direction) {
  const bounds = boundsOf(question, shown);
  if (!bounds) return null;
  const [start, stop] = bounds;
  const [span, now] = [stop - start, Date.parse(shown.now)];
  const arrives = stop + span >= now - span * NEAR_NOW;
  if (direction > 0 && arrives && endsNow(question)) return whole(question);
  const there = beside(start, stop, direction, shown.time.zone);
  if (there && there[0] >= 0 && there[1] <= now) return look(question, shown, ...there);
  const first = Math.min(Math.max(start + direction * span, 0), now - span);
  if ((first - start) * direction < SHORTEST) return null;
  return look(question, shown, first, first + span);
}

/**
 * @param {Question} question
 * @param {Shown} shown
 * @param {1 | -1} by
 * @returns {boolean} whether there is nothing to step to
 */
export const isAtEnd = (question, shown, by) =>
  boundsOf(question, shown) !== null && step(question, shown, by) === null;

/** What of a question says which window. */
const WINDOW = /** @type {const} */ (["window", "start", "stop", "zoom", "tz"]);

/** @param {Record<string, *>} question @returns {string} */
export const windowOf = (question) => JSON.stringify(WINDOW.map((name) => question[name] ?? null));

/**
 * @param {Question} question
 * @param {Shown} shown
 * @returns {boolean} whether the answer that is drawn is of its window
 */
export const isDrawn = (question, { asked }) => windowOf(question) === windowOf(asked);

/**
 * @param {Question} question
 * @param {Shown} shown
 * @returns {number[] | null} what a question looks at [ms since 1970]; null where that is told by
 *   the answer alone, which has not come
 */
function boundsOf(question, shown) {
  if (isDrawn(question, shown)) return [Date.parse(shown.start), Date.parse(shown.stop)];
  const { zoom, start, stop } = question;
  const text = zoom || `${start}/${stop}`;
  const edges = text.split("/").map((edge) => Date.parse(edge));
  const isRead = edges.length === 2 && !edges.some(Number.isNaN) && WORLD.test(text);
  return isRead ? edges : null;
}

/** Events that go from the window that is looked at. */
const GOING = ["step", "follow", "freeze"];

/**
 * @param {Question} question
 * @param {*} event
 * @param {Situation} situation
 * @returns {boolean} whether it goes from a window that only the answer tells, which has not come
 */
export const waits = (question, event, { shown }) =>
  GOING.includes(event?.kind) && shown !== null && boundsOf(question, shown) === null;

/** Times of the world, not those of a clock on a wall. */
const WORLD = /(Z|[+-]\d\d:\d\d)\/.*(Z|[+-]\d\d:\d\d)$/;

/** A length of time, as an address spells it: the window of that length ends now. */
const LENGTH = /^\d+[a-z]+$/;

/** @param {Question} question @returns {boolean} whether its window, without the zoom, ends now */
const endsNow = ({ window: token, start }) => !start && LENGTH.test(token || "24h");

/**
 * The window that ends now, as long as what is shown.
 *
 * @param {Question} question
 * @param {Shown} shown
 * @returns {Question | null}
 */
function follow(question, shown) {
  if (!question.zoom && endsNow(question)) return null;
  const bounds = boundsOf(question, shown);
  if (!bounds) return null;
  const [start, stop] = bounds;
  return { ...whole(question), window: lengthOf(stop - start), start: null, stop: null };
}

/** @type {[string, number, number][]} unit, its seconds, and from how many it is the unit */
const UNITS = [
  ["d", 86_400, 3],
  ["h", 3_600, 1],
  ["m", 60, 1],
];

/**
 * @param {number} span [ms]
 * @returns {string} such as 90m or 24h, the same length to the second
 */
export function lengthOf(span) {
  const seconds = Math.max(Math.round(span / 1000), 1);
  for (const [unit, width, least] of UNITS)
    if (seconds % width === 0 && seconds >= least * width) return seconds / width + unit;
  return seconds + "s";
}

/** Of an excursion's length, so much is seen before it and after it; at least so long [ms]. */
const [ASIDE, LEAST] = [0.5, 60_000];

/**
 * @param {string} row "D101/1700000000000/1700000060000": tag, start, stop; none while it is on
 * @param {number} until [ms] where one that is on ends
 * @returns {{ start: number, stop: number }} what is seen of an excursion
 */
export function around(row, until) {
  const [from, to] = row.split("/").slice(-2);
  const [start, stop] = [Number(from), Number(to) || until];
  const aside = Math.max((stop - start) * ASIDE, LEAST);
  return { start: start - aside, stop: Math.min(stop + aside, until) };
}

/**
 * The times that are shown, held still; of a window that is not over those up to now.
 *
 * @param {Question} question
 * @param {Shown} shown
 * @returns {Question | null}
 */
function freeze(question, shown) {
  const { time, query, now } = shown;
  const [start, stop, at] = [time.start, time.stop, now].map((edge) => Date.parse(edge));
  const isMoving = time.window || (start < at && at < stop);
  if (!isMoving || !isDrawn(question, shown)) return null;
  const end = stop > at ? iso(at, shown.offset, true) : time.stop;
  const held = { ...whole(question), window: null, start: time.start, stop: end };
  return question.compare ? { ...held, compare: String(query.compare) } : held;
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

/** @typedef {function(Question, *, Situation): Question | null} Change null: it stays as it is */

/** What follows from what is no control of Dash. @type {Record<string, Change>} */
const EVENTS = {
  reset: (question) => (question.zoom ? whole(question) : null),
  zoom: (question, { start, stop }, { shown }) => shown && look(question, shown, start, stop),
  window: (question, { window: token, start, stop, zoom }) => ({
    ...question,
    ...{ window: token || null, start: start || null, stop: stop || null, zoom: zoom || null },
  }),
  address(question, { ask }) {
    const after = { ...question, ...ask };
    return isSame(question, after) ? null : after;
  },
  compare: (question, { compare }) =>
    compare === (question.compare || "") ? null : { ...question, compare: compare || null },
  choose(question, { tag }, situation) {
    const first = tagsOf(question, situation)[0] === tag;
    const after = { ...question, chosen: first ? null : tag };
    return after.chosen === (question.chosen || null) ? null : after;
  },
  switch: (question, { name, value }) => ({ ...question, [name]: value }),
  // What is selected is of what stands below the chart: the chart stays as it is.
  select: () => null,
  step: (question, { by }, { shown }) => shown && step(question, shown, by),
  follow: (question, _value, { shown }) => shown && follow(question, shown),
  freeze: (question, _value, { shown }) => shown && freeze(question, shown),
};

/** What follows from each control. @type {Record<string, Change>} */
const CHANGES = {
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
    if (!tags.includes(value)) return null;
    const chosen = value === question.chosen ? null : question.chosen;
    return { ...question, chosen, tag: tags.filter((tag) => tag !== value) };
  },
  reset: (question, value) => (value ? whole(question) : null),
  chart: (question, value, { shown }) => (value && shown ? relayout(question, shown, value) : null),
  event(question, value, situation) {
    if (!value) return null;
    const change = Object.hasOwn(EVENTS, value.kind) ? EVENTS[value.kind] : null;
    if (change) return change(question, value, situation);
    const { width, theme } = situation;
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
 * @param {Question} one
 * @param {Question} other
 * @returns {boolean} whether both ask for the same, said one way or the other
 */
const isSame = (one, other) => said(one) === said(other);

/** @param {Question} question @returns {string} its address, in which null and nothing are one */
const said = (question) =>
  JSON.stringify(Object.values(addressOf(question, null)).map((value) => value ?? null));

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
    indicators: question.indicators,
    resolution: unlessUsual(question.resolution, "auto"),
    tz: question.tz,
    compare: question.compare,
    chosen: question.chosen,
    events: unlessUsual(question.events, "on"),
    forecast: unlessUsual(question.forecast, "off"),
  };
}
