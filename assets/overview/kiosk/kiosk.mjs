/**
 * The wall screen: no navigation, all as large as can be, what does not fit in screenfuls, groups
 * in turn. A new alarm is shown at once.
 */
import { hrefOf } from "../model/address.mjs";
import { Wall } from "./wall.mjs";

/** @import { Kiosk, Model, Page, View } from "../../types.mjs" */

/** Seconds a screenful stays, unless the address says another. */
const TURN_S = 20;
const ALARMS = ["CRITICAL", "WARNING"];
const SECOND = 1000;
const ROOT = document.documentElement;

/**
 * @param {View} view
 * @param {Model} model
 * @returns {Kiosk} the state of a wall screen on which nothing is shown yet
 */
export const create = (view, model) => ({
  wall: view.kiosk ? new Wall(model) : null,
  due: 0,
  had: new Set(),
  left: null,
  timer: 0,
  listening: new AbortController(),
});

/** @param {Page} page */
export function open(page) {
  const { signal } = page.kiosk.listening;
  ROOT.toggleAttribute("data-kiosk", page.view.kiosk);
  if (!page.view.kiosk) return;
  const pressedHere = (/** @type {KeyboardEvent} */ event) => pressed(page, event);
  document.addEventListener("keydown", pressedHere, { capture: true, signal });
  page.kiosk.timer = window.setInterval(() => beat(page), SECOND);
  stay(page);
}

/**
 * Let the screenful that is on stay for its time.
 *
 * @param {Page} page
 */
function stay({ kiosk, view }) {
  kiosk.due = performance.now() + (view.rotate || TURN_S) * SECOND;
}

/**
 * Each second: turn where it is time to, and say when that is.
 *
 * @param {Page} page
 */
function beat(page) {
  const { kiosk } = page;
  const { wall } = kiosk;
  if (!wall) return;
  if (page.clock.state.paused || document.hidden || !page.model.seq) stay(page);
  // The beats are as uneven as the browser's timers: half a second early is on time.
  if (kiosk.due - performance.now() < SECOND / 2) {
    stay(page);
    rotate(page, wall);
  }
  const turns = wall.screens > 1 || turning(page, wall).length > 0;
  wall.next = turns ? Math.max(1, Math.round((kiosk.due - performance.now()) / SECOND)) : 0;
  wall.paintFoot();
}

/**
 * Escape leaves the wall screen. Space does not pause it: nobody would notice that it stands still.
 *
 * @param {Page} page
 * @param {KeyboardEvent} event
 */
function pressed(page, event) {
  if (document.querySelector("dialog[open]") || ![" ", "Escape"].includes(event.key)) return;
  event.stopPropagation();
  const { target } = event;
  const own = target instanceof Element && target.closest("button, input, select");
  if (event.key === "Escape") {
    window.location.assign(hrefOf(page.view, { kiosk: false, rotate: 0 }));
  } else if (!own) event.preventDefault();
}

/**
 * @param {Page} page
 * @param {NonNullable<Kiosk["wall"]>} wall
 * @returns {(string | null)[]} the groups that take turns, worst first; none where they do not
 */
function turning({ view }, { groups }) {
  return view.rotate && groups.length > 1 ? groups.map((group) => group.name) : [];
}

/**
 * Fit anew what is shown; where groups take turns and all of them do not fit, the first is on.
 *
 * @param {Page} page
 */
export function fit(page) {
  const { wall } = page.kiosk;
  if (!wall || !page.model.version) return;
  const names = turning(page, wall);
  if (wall.turned !== undefined && !names.includes(wall.turned)) wall.turned = undefined;
  wall.fit();
  if (wall.turned === undefined && wall.screens > 1 && names.length) turn(page, wall, names);
}

/**
 * Show the first group that had no turn yet, in the order of now: none is left out when that
 * changes. When all had theirs, all are shown together.
 *
 * @param {Page} page
 * @param {NonNullable<Kiosk["wall"]>} wall
 * @param {(string | null)[]} names
 */
function turn({ kiosk }, wall, names) {
  const next = names.find((name) => !kiosk.had.has(name));
  if (next === undefined) {
    kiosk.had.clear();
    wall.show(undefined);
    if (wall.screens === 1) return;
  }
  const name = next === undefined ? names[0] : next;
  kiosk.had.add(name);
  wall.show(name);
}

/**
 * Show the next screenful; after the last of a group the next group, after the last group all.
 *
 * @param {Page} page
 * @param {NonNullable<Kiosk["wall"]>} wall
 */
function rotate(page, wall) {
  const { kiosk } = page;
  if (kiosk.left) wall.show(...kiosk.left);
  kiosk.left = null;
  const names = turning(page, wall);
  if (wall.screen + 1 < wall.screens) wall.show(wall.turned, wall.screen + 1);
  else if (names.length) turn(page, wall, names);
  else wall.show(undefined);
}

/**
 * A new alarm is shown at once, wherever the turn is; then the turn goes on where it was left.
 *
 * @param {Page} page
 * @param {number[]} turned
 */
export function alarmed(page, turned) {
  const { kiosk, model } = page;
  const { wall } = kiosk;
  if (!wall || kiosk.left) return;
  const isAlarm = (/** @type {number} */ i) => ALARMS.includes(model.badges[model.shown[i]]);
  const found = turned.find((i) => page.shown.includes(i) && isAlarm(i));
  if (found === undefined) return;
  const { turned: group, screen } = wall;
  const own = wall.groups.find(({ tags }) => tags.includes(found));
  if (group !== undefined && own && own.name !== group) wall.show(own.name);
  wall.show(wall.turned, Math.max(0, wall.screenOf(found)));
  if (group === wall.turned && screen === wall.screen) return;
  kiosk.left = [group, screen];
  stay(page);
}

/**
 * Leave nothing behind.
 *
 * @param {Page} page
 */
export function close(page) {
  window.clearInterval(page.kiosk.timer);
  page.kiosk.listening.abort();
  ROOT.removeAttribute("data-kiosk");
}
