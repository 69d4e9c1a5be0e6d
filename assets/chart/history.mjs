/**
 * Back and forward of the browser undo and redo: an entry for each deliberate change of tags,
 * window or zoom. The address of an entry says all of it, so a reload, another page and a link come
 * to the same. Dash would build the page anew for every step; here the page asks the earlier
 * question.
 */
import { isAt } from "../dash.mjs";
import { addressOf } from "./question.mjs";
import * as session from "./session.mjs";
import * as surface from "./surface.mjs";

/** @import { Question } from "./types.mjs" */

/** What of an address is undone; statistic, width and theme are as they are now. */
const PARTS = /** @type {const} */ (["tag", "window", "start", "stop", "zoom", "compare"]);

/** @type {string | null} what the entry of now is of */
let key = null;
/** How many entries lie before the one of now, and which is the newest. */
let at = 0;
let newest = 0;

/** @returns {number} the place of the entry of now among those of this page */
const place = () => window.history.state?.ksys || 0;

/**
 * @param {Question} question
 * @param {string | null} [select] the stretch that is selected
 * @returns {string}
 */
export function keyOf(question, select) {
  const address = addressOf(question, null);
  return JSON.stringify([...PARTS.map((part) => address[part] ?? null), select || null]);
}

/** The page has come up: its entry is there already. */
export function begin() {
  key = null;
  at = newest = place();
}

/**
 * @param {Question} question
 * @param {string | null} select
 * @returns {boolean} whether it is to have an entry of its own
 */
export function isNew(question, select) {
  const before = key;
  key = keyOf(question, select);
  return before !== null && before !== key;
}

/**
 * Show an address in the bar.
 *
 * @param {string} address
 * @param {boolean} isOwn whether as an entry of its own
 */
export function write(address, isOwn) {
  if (isOwn) {
    at = newest = at + 1;
    window.history.pushState({ ksys: at }, "", address);
  } else {
    window.history.replaceState({ ...window.history.state, ksys: at }, "", address);
  }
}

/**
 * Say in the buttons of a page whether there is something to undo or redo.
 *
 * @param {string} page
 */
export function show(page) {
  const shown = { undo: at > 0, redo: at < newest };
  for (const [name, isThere] of Object.entries(shown)) {
    const button = document.getElementById(`${page}-${name}`);
    if (button instanceof HTMLButtonElement) button.disabled = !isThere;
  }
}

/**
 * @param {string} search of an address
 * @returns {Partial<Question>} what it asks for
 */
export function asked(search) {
  const given = new URLSearchParams(search);
  const one = (/** @type {string} */ name) => given.getAll(name).at(-1) || null;
  return {
    tag: given.has("tag") ? given.getAll("tag") : undefined,
    window: one("window"),
    start: one("start"),
    stop: one("stop"),
    zoom: one("zoom"),
    tz: one("tz") ?? undefined,
    compare: one("compare"),
    chosen: one("chosen"),
    select: one("select"),
    events: one("events"),
    forecast: one("forecast"),
  };
}

/**
 * The address is another one, of the page that is open: ask what it asks. Dash does not hear of it.
 *
 * @param {Event} event
 */
export function arrive(event) {
  const mine = session.current();
  if (!mine || !surface.isThere(mine.page) || !isAt(mine.page)) return;
  event.stopImmediatePropagation();
  at = place();
  newest = Math.max(newest, at);
  const wanted = asked(window.location.search);
  key = keyOf(/** @type {Question} */ (wanted), wanted.select);
  show(mine.page);
  session.send("address", { ask: wanted });
}

/** Listen to the buttons; `modules.js` tells of the address, as it was there before Dash. */
export function listen() {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[id$='-undo'],[id$='-redo']") : null;
    if (!button || !session.current()) return;
    if (button.id.endsWith("-undo")) window.history.back();
    else window.history.forward();
  });
}
