/** What the overview knows: the tags (sent once), the last frame, and what follows from both. */
import { ageOf, FRESH, FRESHNESS, freshness, LATE, now, STALE, takeTimes } from "./ages.mjs";
import { reason } from "../../reasons.mjs";

/** @import { Frame, Model, SparkColumns, TagColumns } from "../../types.mjs" */

export { FRESHNESS, now } from "./ages.mjs";

const MINUTE = 60000;

/** Columns of which a card is built. @type {(keyof TagColumns)[]} */
const RARE = [
  "descriptions",
  "units",
  "decimals",
  "states",
  "kinds",
  "groups",
  "types",
  "spans",
  "widths",
  "limits",
  "rule_states",
];

/** @returns {TagColumns} no tags */
const noTags = () => ({
  version: "",
  names: [],
  descriptions: [],
  units: [],
  decimals: [],
  states: [],
  kinds: [],
  groups: [],
  types: [],
  spans: [],
  widths: [],
  limits: [],
  rule_states: [],
  badges: [],
  alarms: [],
  qualities: [],
  rule_words: [],
  reason_keys: [],
  rule_notes: {},
  notices: [],
  hold: NaN,
  reference: NaN,
  look_back: NaN,
});

/** @param {number} n @returns columns of numbers and codes of n tags, of which nothing is known */
const blank = (n) => ({
  value: /** @type {(number | null)[]} */ (new Array(n).fill(null)),
  delta: /** @type {(number | null)[]} */ (new Array(n).fill(null)),
  time: new Float64Array(n).fill(NaN),
  carried: new Float64Array(n),
  gaps: /** @type {number[]} */ (new Array(n).fill(NaN)),
  sent: new Uint8Array(n),
  shown: new Uint8Array(n),
  fresh: new Uint8Array(n),
  alarm: new Uint8Array(n),
  quality: new Uint8Array(n),
  freshness: new Uint8Array(n),
  whole: new Int32Array(n).fill(-1),
  reasons: {},
  crossed: {},
});

/**
 * @param {{ zone: string, trend: string, reference: number }} site what the page tells of its site
 * @returns {Model} a model without tags
 */
export function create(site) {
  return {
    ...noTags(),
    ...blank(0),
    ...site,
    n: 0,
    index: new Map(),
    found: [],
    seq: 0,
    now: NaN,
    at: 0,
    said: NaN,
    slept: 0,
    behind: 0,
    error: null,
    clock: new Set(),
    reset: new Set(),
    code: {},
    hour: null,
    hourAt: -Infinity,
    minute: null,
    sparks: null,
    sparkSeq: 0,
  };
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string} all that changes rarely of one tag: a card built from the same stays
 */
export function build(model, i) {
  const columns = RARE.map((column) => /** @type {Record<number, *>} */ (model[column])[i]);
  return JSON.stringify([model.names[i], model.rule_notes[i], ...columns]);
}

/**
 * Take in what changes rarely. What was shown of a tag stays known, so that only a true change of
 * its state is told.
 *
 * @param {Model} model
 * @param {TagColumns} tags the answer of `/overview/tags`
 */
export function takeTags(model, tags) {
  const { index, shown, time, carried } = model;
  const n = tags.names.length;
  Object.assign(model, tags, blank(n), { n, sparks: null, hour: null, hourAt: -Infinity });
  model.sparkSeq += 1;
  model.index = new Map(tags.names.map((name, i) => [name, i]));
  model.found = tags.names.map((name, i) => (name + "\n" + tags.descriptions[i]).toLowerCase());
  model.code = Object.fromEntries(tags.badges.map((badge, code) => [badge, code]));
  tags.names.forEach((name, i) => {
    const place = index.get(name);
    model.shown[i] = place === undefined ? model.code.NORMAL : shown[place];
    if (place === undefined) return;
    model.time[i] = time[place];
    model.carried[i] = carried[place];
  });
}

/**
 * @param {string} text one character a tag: 0…9, then a, b, …
 * @param {Uint8Array} column
 */
function codes(text, column) {
  for (let i = 0; i < column.length; i++) {
    const letter = text.charCodeAt(i);
    column[i] = letter < 58 ? letter - 48 : letter - 87;
  }
}

/**
 * Take in a frame. Its time counts from the asking: an answer slow on its way makes ages older than
 * they are, never younger.
 *
 * @param {Model} model
 * @param {Frame} frame the answer of `/overview/frame`
 * @param {number} kept milliseconds the server has kept this answer
 * @param {number} asked when it was asked for, by performance.now()
 */
export function takeFrame(model, frame, kept, asked) {
  if (frame.value.length !== model.n) {
    throw new Error(frame.value.length + " values for " + model.n + " tags");
  }
  takeTimes(model, frame, kept, asked);
  model.seq += 1;
  model.behind = frame.behind;
  model.gaps = frame.gap;
  model.value = frame.value;
  model.delta = frame.delta;
  model.reasons = frame.reasons;
  model.crossed = frame.crossed;
  model.clock = new Set(frame.clock);
  model.reset = new Set(frame.reset);
  codes(frame.badge, model.sent);
  codes(frame.alarm, model.alarm);
  codes(frame.quality, model.quality);
  codes(frame.freshness, model.freshness);
}

/**
 * Take in the answer of `/overview/sparklines`. It comes once a minute; a height is one letter of
 * 64 (0 at the bottom of the hour's range), a blank is a minute without readings.
 *
 * @param {Model} model
 * @param {SparkColumns} answer
 */
export function takeHour(model, answer) {
  model.hour = answer;
  model.hourAt = performance.now();
  model.minute = null;
  moveHour(model);
}

/**
 * Move the lines to the left as time goes on without newer ones.
 *
 * @param {Model} model
 * @returns {boolean} true if they moved
 */
export function moveHour(model) {
  const { hour } = model;
  if (!hour) return false;
  const minute = Math.max(0, Math.floor((now(model) - hour.newest) / MINUTE));
  if (minute === model.minute) return false;
  model.minute = minute;
  model.sparks = moved(model, hour, minute);
  model.sparkSeq += 1;
  return true;
}

/**
 * @param {Model} model
 * @param {SparkColumns} hour
 * @param {number} minute
 * @returns {Model["sparks"]}
 */
function moved(model, hour, minute) {
  const sparks = new Array(model.n).fill(null);
  hour.names.forEach((name, k) => {
    const [low, high, ...lines] = hour.lines[k];
    const i = model.index.get(name);
    if (!lines.length || i === undefined) return;
    const left = lines.map((line) => line.slice(minute).padEnd(line.length));
    const bad = left.length % 2 ? "" : left.pop();
    const [mean, min = mean, max = mean] = left;
    sparks[i] = { low: low ?? NaN, high: high ?? NaN, mean, min, max, bad };
  });
  return sparks;
}

/**
 * Work out the state of every tag now: what the server said, made worse by an age counted on.
 *
 * @param {Model} model
 * @returns {{ changed: number[], turned: number[] }} tags of which anything of the state changed,
 *   and those whose badge did
 */
export function judge(model) {
  const moment = now(model);
  const { LATE: late } = model.code;
  const changed = [];
  const turned = [];
  for (let i = 0; i < model.n; i++) {
    const fresh = freshness(model, i, moment);
    let badge = model.sent[i];
    if (fresh === STALE) badge = ofStale(model, i, badge, moment);
    else if (fresh === LATE) badge = Math.min(badge, late);
    const whole = badge | (fresh << 4) | (model.alarm[i] << 6) | (model.quality[i] << 8);
    if (whole === model.whole[i]) continue;
    model.whole[i] = whole;
    changed.push(i);
    if (badge !== model.shown[i]) turned.push(i);
    model.shown[i] = badge;
    model.fresh[i] = fresh;
  }
  return { changed, turned };
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} badge that was sent
 * @param {number} moment [ms since 1970]
 * @returns {number} badge of a stale tag: CRITICAL leads for its time, then STALE does
 */
function ofStale(model, i, badge, moment) {
  const { CRITICAL: critical, STALE: stale } = model.code;
  const old = ageOf(model, i, moment) >= model.hold * 1000;
  return badge === critical && old ? stale : Math.min(badge, stale);
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {"" | "old" | "was"} whether a badge says CRITICAL of a tag that is late or stale, or
 *   STALE of one that was CRITICAL
 */
export function held(model, i) {
  const badge = model.badges[model.shown[i]];
  if (badge === "CRITICAL" && model.fresh[i] !== FRESH) return "old";
  return badge === "STALE" && model.alarms[model.alarm[i]] === "CRITICAL" ? "was" : "";
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string[]} every state a tag is counted in: its badge, and what stands beside it
 */
export function statesOf(model, i) {
  const states = [model.badges[model.shown[i]]];
  const alarm = model.alarms[model.alarm[i]];
  const quality = model.qualities[model.quality[i]];
  const rule = model.rule_words[model.rule_states[i]];
  for (const state of [alarm, FRESHNESS[model.fresh[i]], quality, rule]) {
    const counts = model.code[state] !== undefined && state !== "NORMAL";
    if (counts && !states.includes(state)) states.push(state);
  }
  if (model.clock.has(i) && !states.includes("CLOCK")) states.push("CLOCK");
  return states;
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string[]} keys of the reasons why the quality is not GOOD
 */
export function reasonsOf(model, i) {
  const mask = model.reasons[i] || 0;
  return model.reason_keys.filter((_key, bit) => mask & (1 << bit));
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string[]} the reasons of a tag in words, the rule's fault included
 */
export function wordsOf(model, i) {
  const note = model.rule_notes[i];
  return [...reasonsOf(model, i).map((key) => reason(key)), ...(note ? [note] : [])];
}
