/**
 * The wall screen: no navigation, all as large as fits, what does not fit in screenfuls of whole
 * lines, groups in turn.
 *
 * Nothing scrolls: the board is moved up and cut to the lines of the screenful, so that counts,
 * clock and notices stay where they are.
 */
import { hrefOf } from "../model/address.mjs";
import { paintScreens } from "../view/strip.mjs";
import { FLOOR, largest, linesOf, screenfuls } from "./fitting.mjs";

/** @import { Kiosk, Page } from "../../types.mjs" */
/** @import { Edges } from "./fitting.mjs" */

/** Seconds a screenful stays, unless the address says another. */
const TURN_S = 20;
/** Around what is cut there stays so much, for outlines and shadows [px]. */
const EDGE = 3;
const ALARMS = ["CRITICAL", "WARNING"];
const MOVED = ["transform", "clip-path", "margin-bottom"];
const ROOT = document.documentElement;

/** @returns {Kiosk} the state of a wall screen on which nothing is fitted yet */
export const create = () => ({
  turned: null,
  screen: 0,
  screens: 1,
  scale: 1,
  scales: new Map(),
  fitted: "",
  left: null,
  timer: 0,
  listening: new AbortController(),
});

/** @param {Page} page */
export function open(page) {
  const { signal } = page.kiosk.listening;
  ROOT.toggleAttribute("data-kiosk", page.view.kiosk);
  if (!page.view.kiosk) return;
  window.addEventListener("resize", () => fit(page), { signal });
  const pressedHere = (/** @type {KeyboardEvent} */ event) => pressed(page, event);
  document.addEventListener("keydown", pressedHere, { capture: true, signal });
  stay(page);
}

/**
 * Let the screenful that is on stay for its time.
 *
 * @param {Page} page
 */
function stay(page) {
  window.clearInterval(page.kiosk.timer);
  const seconds = page.view.rotate || TURN_S;
  page.kiosk.timer = window.setInterval(() => rotate(page), seconds * 1000);
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
 * @returns {HTMLElement[]}
 */
function groupsOf(page) {
  const nodes = [...page.board.node.children].filter((node) => node instanceof HTMLElement);
  return nodes.filter((node) => node.matches(".group"));
}

/**
 * @param {Page} page
 * @returns {HTMLElement[]} the groups that take turns; none where they do not
 */
function turning(page) {
  const groups = groupsOf(page);
  return page.view.rotate && groups.length > 1 ? groups : [];
}

/**
 * Fit anew when there is another number of tags, another screen, or another group is on.
 *
 * @param {Page} page
 */
export function fit(page) {
  const { kiosk } = page;
  if (!page.view.kiosk || !page.model.version) return;
  hideOthers(page);
  if (kiosk.fitted !== shape(page)) {
    unfold(page);
    rescale(page);
    kiosk.fitted = shape(page);
  }
  screenful(page);
  const [first] = turning(page);
  if (!kiosk.turned && kiosk.screens > 1 && first) show(page, first);
}

/**
 * Show the group that is on alone; all of them where it is gone, or none is.
 *
 * @param {Page} page
 */
function hideOthers(page) {
  const { kiosk } = page;
  if (kiosk.turned && !kiosk.turned.isConnected) kiosk.turned = null;
  for (const group of groupsOf(page)) {
    group.hidden = kiosk.turned !== null && kiosk.turned !== group;
  }
}

/** @param {Page} page @returns {string} what a fitting is of */
function shape(page) {
  return content(page) + "," + (page.strip.node.offsetHeight + page.notices.node.offsetHeight);
}

/** @param {Page} page @returns {string} what a scale is of */
function content(page) {
  const { turned } = page.kiosk;
  const at = turned ? groupsOf(page).indexOf(turned) : -1;
  return [page.shown.length, page.view.view, window.innerWidth, window.innerHeight, at].join();
}

/**
 * Choose a scale; for a group that was on before, the one found then: a try is dear with thousands.
 *
 * @param {Page} page
 */
function rescale(page) {
  const { kiosk } = page;
  const key = content(page);
  const known = kiosk.scales.get(key);
  const holds = known !== undefined && (known === FLOOR || fits(page, known));
  kiosk.scale = holds ? known : largest((size) => fits(page, size));
  kiosk.scales.set(key, kiosk.scale);
  fits(page, kiosk.scale);
}

/**
 * @param {Page} page
 * @param {number} size
 * @returns {boolean} whether all is on the screen at a scale, which it has from then on
 */
function fits(page, size) {
  ROOT.style.setProperty("--scale", String(size));
  page.board.reflow();
  const { scrollWidth, clientWidth } = page.root;
  return ROOT.scrollHeight <= window.innerHeight && scrollWidth <= clientWidth;
}

/**
 * Show the board whole and in its place, to be measured.
 *
 * @param {Page} page
 */
function unfold(page) {
  ROOT.removeAttribute("data-screens");
  for (const name of MOVED) page.board.node.style.removeProperty(name);
}

/**
 * @param {Page} page
 * @param {number} line height of one [px]
 * @returns {Edges[]} edges of every line of the board, from its upper edge
 */
function lines(page, line) {
  const from = page.board.node.getBoundingClientRect().top;
  const shown = groupsOf(page).filter((group) => !group.hidden);
  return shown.flatMap((group) => {
    const place = group.getBoundingClientRect();
    const found = [...group.querySelectorAll(".block")].flatMap((block) =>
      block instanceof HTMLElement ? linesOfBlock(block, from, line) : [],
    );
    if (!found.length) return [[place.top - from, place.bottom - from]];
    // The heading goes with the first line.
    found[0][0] = Math.min(place.top - from, found[0][0]);
    return found;
  });
}

/**
 * @param {HTMLElement} block
 * @param {number} from upper edge of the board [px]
 * @param {number} line height of one [px]
 * @returns {Edges[]}
 */
function linesOfBlock(block, from, line) {
  const { top, bottom, height } = block.getBoundingClientRect();
  const count = Number(block.style.getPropertyValue("--lines"));
  return count && height ? linesOf([top - from, bottom - from], count, line) : [];
}

/** @param {Page} page @returns {Edges[]} edges of every screenful; none where all fits */
function parts(page) {
  if (ROOT.scrollHeight <= window.innerHeight) return [];
  const { node } = page.board;
  const first = node.querySelector(".group:not([hidden]) .block > *");
  const line = first ? first.getBoundingClientRect().height : 0;
  const board = node.getBoundingClientRect();
  const spare = page.root.getBoundingClientRect().bottom - board.bottom;
  const room = window.innerHeight - (board.top + window.scrollY) - spare;
  return screenfuls(lines(page, line), room);
}

/**
 * Show the screenful that is on; with a tag, the one it stands in.
 *
 * @param {Page} page
 * @param {number} [tag]
 */
function screenful(page, tag) {
  const { kiosk, board } = page;
  unfold(page);
  const found = parts(page);
  const { top, height } = board.node.getBoundingClientRect();
  if (tag !== undefined) {
    const place = board.item(tag).node.getBoundingClientRect();
    kiosk.screen = found.findIndex(([, lower]) => place.top - top < lower);
  }
  kiosk.screens = Math.max(1, found.length);
  if (!found[kiosk.screen]) kiosk.screen = 0;
  paintScreens(page.strip, kiosk.screen, kiosk.screens);
  if (kiosk.screens > 1) cut(page, found[kiosk.screen], height);
}

/**
 * Move the lines between two edges to the top of the board and hide the others.
 *
 * @param {Page} page
 * @param {Edges} edges
 * @param {number} height of the whole board [px]
 */
function cut({ kiosk, board }, [upper, lower], height) {
  const px = (/** @type {number} */ length) => length / kiosk.scale + "px";
  const { style } = board.node;
  ROOT.setAttribute("data-screens", String(kiosk.screens));
  style.transform = `translateY(${px(-upper)})`;
  const below = px(height - lower - EDGE);
  style.clipPath = `inset(${px(upper - EDGE)} -${px(EDGE)} ${below} -${px(EDGE)})`;
  style.marginBottom = px(lower - upper - height);
  window.scrollTo(0, 0);
}

/**
 * Show one group alone, or all of them (null).
 *
 * @param {Page} page
 * @param {HTMLElement | null} group
 * @param {number} [screen]
 */
function show(page, group, screen = 0) {
  page.kiosk.turned = group;
  page.kiosk.screen = screen;
  fit(page);
}

/**
 * Show the next screenful; after the last of a group the next group, after the last group all.
 *
 * @param {Page} page
 */
function rotate(page) {
  const { kiosk } = page;
  if (page.clock.state.paused || document.hidden || !page.model.seq) return;
  if (kiosk.left) show(page, ...kiosk.left);
  kiosk.left = null;
  if (kiosk.screen + 1 < kiosk.screens) {
    show(page, kiosk.turned, kiosk.screen + 1);
    return;
  }
  const groups = turning(page);
  const at = kiosk.turned ? groups.indexOf(kiosk.turned) : -1;
  show(page, groups[at + 1] || null);
}

/**
 * A new alarm is shown at once, wherever the turn is; then the turn goes on where it was left.
 *
 * @param {Page} page
 * @param {number[]} turned
 */
export function alarmed(page, turned) {
  const { kiosk, model, board } = page;
  if (!page.view.kiosk || kiosk.left) return;
  const isAlarm = (/** @type {number} */ i) => ALARMS.includes(model.badges[model.shown[i]]);
  const found = turned.find((i) => page.shown.includes(i) && isAlarm(i));
  if (found === undefined) return;
  const { turned: group, screen } = kiosk;
  if (group) {
    const { node } = board.item(found);
    show(page, groupsOf(page).find((each) => each.contains(node)) || null);
  }
  screenful(page, found);
  if (group === kiosk.turned && screen === kiosk.screen) return;
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
  for (const name of ["data-kiosk", "data-screens"]) ROOT.removeAttribute(name);
  ROOT.style.removeProperty("--scale");
}
