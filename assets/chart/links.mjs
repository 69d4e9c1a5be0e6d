/** Two links to what is shown: one that moves with the clock, one that shows the same readings. */
import { copied } from "../clipboard.mjs";
import { t } from "../messages.mjs";
import * as popover from "./popover.mjs";
import * as session from "./session.mjs";

/** @import { Shown } from "./types.mjs" */

/** Milliseconds for which a button says what it did. */
const SAID = 1600;

/**
 * @param {Shown | null} shown
 * @param {boolean} isTech
 * @returns {Record<string, string>} what a link must say besides the address: SMA 10 is of what the
 *   sender saw
 */
function lasting(shown, isTech) {
  const resolution = isTech && shown ? shown.query.resolution : null;
  return resolution ? { resolution: String(resolution) } : {};
}

/**
 * @param {string} address of the page
 * @param {Shown} shown
 * @returns {string} with the times that are shown, and the zone in which they are read
 */
export function fixed(address, shown) {
  const link = new URL(address);
  const { start, stop, zone } = shown.time;
  // The address may be of a question that has no answer yet: tags and comparison are those of the
  // times. A start that was typed is held against that of the window, which is another one now.
  const { tag = shown.tags, compare, chosen } = shown.query || {};
  const said = { tag, start, stop, tz: zone, compare, chosen };
  for (const name of ["window", "zoom", "compare", "chosen"]) link.searchParams.delete(name);
  for (const [name, value] of Object.entries(said)) {
    if (value) link.searchParams.delete(name);
    for (const one of [value || []].flat()) link.searchParams.append(name, String(one));
  }
  return link.href;
}

/**
 * @param {session.Session} mine
 * @param {boolean} isFixed
 * @returns {string} the address of what is shown
 */
export function link({ page, shown, asking }, isFixed) {
  const address = new URL(window.location.href);
  // The width of an answer to another question is not that of this one.
  const besides = asking && !isFixed ? [] : Object.entries(lasting(shown, page === "tech"));
  for (const [name, value] of besides) address.searchParams.set(name, value);
  return isFixed && shown ? fixed(address.href, shown) : address.href;
}

/**
 * @param {session.Session} mine
 * @param {boolean} isFixed
 */
async function copy(mine, isFixed) {
  const done = await copied(link(mine, isFixed));
  popover.close();
  const place = document.querySelector(`#${mine.page}-copy .link-word`);
  if (!(place instanceof HTMLElement)) return;
  const before = place.dataset.word || place.textContent || "";
  place.dataset.word = before;
  place.textContent = done ? t("Copied") : t("Not copied");
  window.setTimeout(() => (place.textContent = before), SAID);
}

/**
 * A link that moves is offered only of what moves.
 *
 * @param {string} page
 * @param {Shown} shown
 */
export function show(page, shown) {
  const live = document.getElementById(`${page}-copy-live`);
  if (live instanceof HTMLButtonElement) live.disabled = !shown.time.window;
}

/** Listen while the page is open. */
export function listen() {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-copies]") : null;
    const mine = session.current();
    if (!(button instanceof HTMLElement) || !mine) return;
    copy(mine, button.dataset.copies === "fixed");
  });
}
