/**
 * Keys of the overview. One card is in the tab order at a time; arrows move among cards, Enter
 * opens the trend, d the details, p pins, / searches, space pauses, Escape clears the search.
 */
import { isAt } from "../../dash.mjs";
import { behind, keep } from "../model/address.mjs";
import { act, search, tagOf } from "./acts.mjs";

/** @import { Item, Keys, Page } from "../../types.mjs" */

const TYPING = "input, select, textarea, [contenteditable]";
/** What the space bar presses itself; the link of a card it does not. */
const PRESSED = "button, summary, a:not(.tag-card__link)";
const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];

/** @returns {Keys} */
export const create = () => ({
  focused: undefined,
  current: undefined,
  tabbable: null,
  placed: null,
  places: new Map(),
  listening: new AbortController(),
});

/**
 * Keep exactly one card in the tab order: the one last focused, else the first.
 *
 * @param {Page} page
 */
export function rove(page) {
  const { keys, shown } = page;
  if (page.view.kiosk) return; // of a wall nothing has the focus
  if (keys.placed !== shown) {
    keys.placed = shown;
    keys.places = new Map(shown.map((i, place) => [i, place]));
  }
  const { focused } = keys;
  stand(page, focused !== undefined && keys.places.has(focused) ? focused : shown[0]);
}

/**
 * Give the place in the tab order to one card.
 *
 * @param {Page} page
 * @param {number | undefined} i
 */
function stand({ board, keys }, i) {
  const item = i === undefined ? null : board.item(i);
  if (keys.tabbable && keys.tabbable !== item) stops(keys.tabbable, -1);
  if (item && keys.tabbable !== item) stops(item, 0);
  keys.current = i;
  keys.tabbable = item;
}

/**
 * @param {Item} item
 * @param {number} tabindex
 */
function stops(item, tabindex) {
  for (const part of item.node.querySelectorAll("a, button")) {
    if (part instanceof HTMLElement) part.tabIndex = tabindex;
  }
}

/**
 * Move the focus to another card.
 *
 * @param {Page} page
 * @param {number} by how many cards on
 */
function move(page, by) {
  const { keys, shown } = page;
  const from = keys.current === undefined ? NaN : (keys.places.get(keys.current) ?? NaN);
  const next = shown[Math.max(0, Math.min(shown.length - 1, from + by))];
  if (next === undefined) return;
  keys.focused = next;
  stand(page, next);
  const { link, node } = page.board.item(next);
  link.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest" });
}

/**
 * @param {Page} page
 * @param {string} key
 * @returns {number | undefined} how many cards a key moves on
 */
function steps(page, key) {
  if (!MOVES.includes(key)) return undefined;
  const line = page.board.columns;
  /** @type {Record<string, number>} */
  const by = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -line,
    ArrowDown: line,
    Home: -Infinity,
    End: Infinity,
  };
  return by[key];
}

/**
 * @param {KeyboardEvent} event
 * @returns {string} a key whatever the input method and Caps Lock: "d" for "ㅇ" of KeyD, and for "D"
 */
function keyOf({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  if (/^Key[A-Z]$/.test(code)) return code.slice(3).toLowerCase();
  if (key !== "Process") return key;
  return code === "Slash" ? "/" : code === "Space" ? " " : code;
}

/**
 * @param {KeyboardEvent} event
 * @returns {boolean} whether the page has no say: a browser's own key, or a dialog is open
 */
function isOthers(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return document.querySelector("dialog[open]") !== null;
}

/**
 * @param {Page} page
 * @param {KeyboardEvent} event
 */
function pressed(page, event) {
  if (isOthers(event)) return;
  const target = event.target instanceof Element ? event.target : null;
  const { search: field } = page.strip;
  if (target === field && event.key === "Escape") search(page, "");
  else if (target === field && event.key === "ArrowDown") take(event, () => move(page, 0));
  else if (!target || !target.matches(TYPING)) freely(page, event, target);
}

/**
 * Do what a key does where nothing is being typed.
 *
 * @param {Page} page
 * @param {KeyboardEvent} event
 * @param {Element | null} target
 */
function freely(page, event, target) {
  const key = keyOf(event);
  if (key === "/") take(event, () => page.strip.search.focus());
  else if (key === " " && !(target && target.closest(PRESSED))) {
    take(event, () => act(page, "pause"));
  } else onCard(page, event, key, tagOf(page, target));
}

/**
 * Do what a key does while a card or row has the focus.
 *
 * @param {Page} page
 * @param {KeyboardEvent} event
 * @param {string} key
 * @param {number | undefined} i
 */
function onCard(page, event, key, i) {
  if (i === undefined) return;
  const by = steps(page, key);
  if (by !== undefined) take(event, () => move(page, by));
  else if (key === "d") take(event, () => act(page, "details", "", i));
  else if (key === "p") take(event, () => act(page, "pin", "", i));
}

/**
 * Do something instead of what the browser would.
 *
 * @param {Event} event
 * @param {function(): void} deed
 */
function take(event, deed) {
  event.preventDefault();
  deed();
}

/**
 * Listen until the page is left.
 *
 * @param {Page} page
 */
export function listen(page) {
  const { keys, root } = page;
  const { signal } = keys.listening;
  document.addEventListener("keydown", (event) => pressed(page, event), { signal });
  window.addEventListener("hashchange", () => moved(page), { signal });
  root.addEventListener("focusin", (event) => {
    const i = tagOf(page, event.target);
    if (i === undefined) return;
    keys.focused = i;
    stand(page, i);
  });
}

/**
 * Another part behind the # is no new document: read a link anew, and keep ours after any other.
 *
 * @param {Page} page
 */
function moved(page) {
  if (!isAt("")) return;
  if (behind(window.location.hash).length) window.location.reload();
  else keep(page.view);
}

/**
 * Keep the focus on its card while another order, or other tags, come.
 *
 * @param {Page} page where a card had it before
 */
export function hold(page) {
  const { tabbable } = page.keys;
  if (page.board.node.contains(document.activeElement) || !tabbable) return;
  tabbable.link.focus({ preventScroll: true });
}

/**
 * Leave nothing behind.
 *
 * @param {Page} page
 */
export function leave(page) {
  page.keys.listening.abort();
}
