/**
 * What other than a control of Dash changed. Dash tells the last value of a store alone: of two
 * events in one go, as a browser that is busy has them, the first would be lost. So the store holds
 * the last few of them, and each who listens takes those that are new to him.
 */

/** @typedef {{ kind: string, n?: number, [more: string]: * }} Told */

/** So many are kept: more than a viewer does in one go. */
const KEPT = 20;
let count = 0;
/** @type {Told[]} */
let kept = [];
/** The number of the last event that each listener took. @type {Record<string, number>} */
const taken = {};

/** What waits for the answer that tells from which window it goes. @type {Told[]} */
let waiting = [];

/** Another page comes up: what was told to the one before is not for it. */
export const begin = () => (kept = waiting = []);

/** @param {Told} event waits for an answer */
export const wait = (event) => (waiting = [...waiting, event]);

/** What waits is of a window that nobody looks at any more. */
export const forget = () => (waiting = []);

/** @returns {Told[]} what waited for the answer that is there; from now on nothing does */
export function due() {
  const events = waiting;
  forget();
  return events;
}

/**
 * @param {string} listener
 * @param {string} kind
 * @returns {boolean} whether an event of this kind is told that the listener has not taken yet
 */
export const isAhead = (listener, kind) =>
  kept.some((event) => event.kind === kind && (event.n || 0) > (taken[listener] || 0));

/**
 * @param {Told} event
 * @returns {Told[]} what the store holds from now on
 */
export const added = (event) => (kept = [...kept, { ...event, n: ++count }].slice(-KEPT));

/**
 * @param {string} listener
 * @param {Told[] | null | undefined} held by the store
 * @returns {Told[]} those that this listener has not taken yet; he has now
 */
export function fresh(listener, held) {
  const found = (held || []).filter(({ n = 0 }) => n > (taken[listener] || 0));
  taken[listener] = found.at(-1)?.n || taken[listener] || 0;
  return found;
}
