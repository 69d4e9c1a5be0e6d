/**
 * What the overview knows: the tags (sent once), the last frame, and what follows from both.
 *
 * The time by the database, and how old readings are by it, are counted on with performance.now():
 * the browser's own clock may be wrong by an hour and nothing here would notice. Nor does a reading
 * grow younger when the database's clock steps back.
 */
import { t } from "../../messages.mjs";
import { reason } from "../../reasons.mjs";

/** @import { Frame, Model } from "../../types.mjs" */

/** [ms] */
const MINUTE = 60000;
const FRESH = 0;
const LATE = 1;
const STALE = 2;
export const FRESHNESS = ["FRESH", "LATE", "STALE", "NO DATA"];
/** A reading older than so many allowed gaps is stale. */
const STALE_GAPS = 3;
/** A replica that is further behind leaves no tag FRESH [s]. */
export const MOST_LAG = 30;

/**
 * @param {Model} model
 * @returns {number} the database's time now [ms since 1970], NaN before the first frame
 */
export function now(model) {
  return model.now + (performance.now() - model.at);
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment the database's time [ms since 1970]
 * @returns {number} how old the newest reading of a tag is [ms], NaN where there is none
 */
export function ageOf(model, i, moment) {
  return moment - model.time[i] + model.carried[i];
}

/**
 * @param {Model} model
 * @param {number} i
 * @param {number} moment the database's time [ms since 1970]
 * @returns {number} 0 FRESH, 1 LATE, 2 STALE, 3 NO DATA: the worse of what was sent and counted
 */
function freshness(model, i, moment) {
  const age = ageOf(model, i, moment) / 1000;
  const gap = model.gaps[i];
  const counted = !(age > gap) ? FRESH : age > STALE_GAPS * gap ? STALE : LATE;
  return Math.max(model.freshness[i], counted);
}

/**
 * @param {Model} model
 * @param {Frame} frame
 * @returns {boolean} whether a frame is of a later time than the one before; the same frame again
 *   and again is no news of the plant
 */
export function isLater(model, frame) {
  return Boolean(frame.error) || !(frame.now <= model.said);
}

/**
 * @param {Model} model
 * @param {Frame} frame
 * @returns {boolean} whether a frame is one that a worker kept from before what is shown: while the
 *   historian is away each worker has a last one of its own, and no alarm may go for an older one
 */
export function isBefore(model, frame) {
  return Boolean(frame.error) && frame.now < model.said;
}

/**
 * @param {Model} model
 * @returns {number | undefined} of when the values are that stand on the page, if any do; an answer
 *   that is not taken in may be of later ones [ms since 1970]
 */
export const shownOf = (model) => (model.seq ? model.said : undefined);

/**
 * Take in the times of a frame. A reading that was shown before goes on from the age it had, where
 * the frame would make it younger.
 *
 * @param {Model} model
 * @param {Frame} frame
 * @param {number} kept milliseconds the server has kept this answer
 * @param {number} asked when it was asked for, by performance.now()
 */
function takeTimes(model, frame, kept, asked) {
  const second = Math.floor(frame.now / 1000);
  // That the computer slept was a guess, which the answer replaces.
  const before = now(model) - model.slept;
  Object.assign(model, { now: frame.now + kept, at: asked, said: frame.now, slept: 0 });
  const back = before - now(model);
  for (let i = 0; i < model.n; i++) {
    const age = frame.age[i];
    const more = frame.carried[i] || 0;
    const time = age === null ? NaN : (second - age + more) * 1000;
    const least = time === model.time[i] ? back + model.carried[i] : 0;
    model.carried[i] = Math.max(more * 1000, least);
    model.time[i] = time;
  }
}

/**
 * The computer slept while its steady clock stood still: all that is shown is so much older.
 *
 * @param {Model} model
 * @param {number} milliseconds
 */
export function slept(model, milliseconds) {
  model.at -= milliseconds;
  model.slept += milliseconds;
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
 * @param {string} text one letter a tag: a for 0, b for 1, …, and A for -1, B for -2, …
 * @param {Int8Array} column
 */
function digits(text, column) {
  for (let i = 0; i < column.length; i++) {
    const letter = text.charCodeAt(i);
    column[i] = letter < 97 ? 64 - letter : letter - 97;
  }
}

/**
 * Take in the values of a frame, and where one is another than before.
 *
 * @param {Model} model its times are those of the frame
 * @param {Frame} frame
 */
function takeValues(model, frame) {
  model.value.forEach((before, i) => {
    const differs = before !== null && before !== frame.value[i];
    if (differs && Number.isFinite(model.time[i])) model.turned[i] = model.time[i];
  });
  model.value = frame.value;
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
  // A worker of the build before says nothing of it.
  model.replica = frame.replica === undefined ? 0 : frame.replica;
  model.rivals = Boolean(frame.rivals);
  model.gaps = frame.gap;
  takeValues(model, frame);
  model.delta = frame.delta;
  model.reasons = frame.reasons;
  model.crossed = frame.crossed;
  model.clock = new Set(frame.clock);
  model.reset = new Set(frame.reset);
  digits(frame.digits, model.digits);
  codes(frame.badge, model.sent);
  codes(frame.alarm, model.alarm);
  codes(frame.quality, model.quality);
  codes(frame.freshness, model.freshness);
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
function reasonsOf(model, i) {
  const mask = model.reasons[i] || 0;
  return model.reason_keys.filter((_key, bit) => mask & (1 << bit));
}

/**
 * @param {Model} model
 * @param {number} mask
 * @returns {string[]} the reasons of a mask in words
 */
export const reasonsIn = (model, mask) =>
  model.reason_keys.filter((_key, bit) => mask & (1 << bit)).map((key) => reason(key));

/**
 * @param {Model} model
 * @param {number} i
 * @returns {boolean} whether a tag is late or stale and the replica so far behind that a newer
 *   reading of it may be there
 */
export function isBehind(model, i) {
  const lag = model.replica ?? Infinity;
  return [LATE, STALE].includes(model.fresh[i]) && lag > Math.min(MOST_LAG, model.gaps[i]);
}

/**
 * @param {Model} model
 * @param {number} i
 * @returns {string[]} the reasons of a tag in words, that of its age and the rule's fault included
 */
export function wordsOf(model, i) {
  const note = model.rule_notes[i];
  const behind = isBehind(model, i) ? [t("replica behind")] : [];
  const reasons = reasonsOf(model, i).map((key) => reason(key));
  return [...behind, ...reasons, ...(note ? [note] : [])];
}

/**
 * @param {Model} model
 * @returns {number | null} minutes since the newest of the last hour; null where they are the same
 */
export function passed(model) {
  if (!model.hour) return null;
  const minute = Math.max(0, Math.floor((now(model) - model.hour.newest) / MINUTE));
  return minute === model.minute ? null : minute;
}
