/**
 * The overview page: opened by the first tick of its dcc.Interval, closed when its root has gone.
 *
 * Dash's part is small: the interval ticks, its clientside callback calls `refresh` here, which
 * returns at once. The clock knows whether a request is due.
 */
import { Clock } from "../clock.mjs";
import { announce, arrange, chosen } from "./arrange.mjs";
import * as builds from "./kiosk/builds.mjs";
import * as kiosk from "./kiosk/kiosk.mjs";
import * as address from "./model/address.mjs";
import * as models from "./model/model.mjs";
import * as sparks from "./model/sparks.mjs";
import { ask } from "./refresh.mjs";
import * as acts from "./view/acts.mjs";
import { Board } from "./view/board.mjs";
import * as details from "./view/details.mjs";
import * as keys from "./view/keys.mjs";
import * as notices from "./view/notices.mjs";
import * as strip from "./view/strip.mjs";

/** @import { Page } from "../types.mjs" */

const ROOT = "overview";
const TICK = "overview-tick";
/** Milliseconds between two looks at the clock. */
const PULSE = 1000;
/** A computer whose steady clock lags its other one by so many milliseconds was asleep. */
const SUSPENDED = 5000;

/** @typedef {{ page: Page, drift: number, stop: function(): void }} Session */

/** What runs while a page is open. @type {Session | null} */
let session = null;

/** @returns {Page | null} the overview, while it is open */
export const current = () => session && session.page;

/** @returns {number} how far the computer's clock is before the steady one [ms] */
const drift = () => Date.now() - performance.now();

/** Each second: clock, ages counted on, states that an age makes worse, the watchdog. */
function pulse() {
  if (!session || document.hidden) return;
  const { page } = session;
  const { model, clock, board } = page;
  const slept = drift() - session.drift;
  if (slept > SUSPENDED) wake(page, slept);
  session.drift += slept;
  strip.paintClock(page.strip, model, clock.state);
  notices.paint(page);
  if (!model.seq) return;
  const { changed, turned } = models.judge(model);
  if (changed.length) {
    arrange(page);
    board.touch(changed);
    announce(page, turned);
  }
  if (sparks.move(model)) board.paint();
  board.age();
  details.paint(page);
}

/**
 * The computer slept while its steady clock stood still: all that is shown is so much older.
 *
 * @param {Page} page
 * @param {number} milliseconds
 */
function wake(page, milliseconds) {
  page.model.at -= milliseconds;
  page.clock.slept(milliseconds);
}

/**
 * @param {HTMLElement} root
 * @returns {Page} the page of a root element, its parts made and in their places
 */
function build(root) {
  const { trend = "", zone = "UTC", every, reference } = root.dataset;
  const view = address.read(window.location.search, Number(every));
  const model = models.create({ zone, trend, reference: Number(reference) });
  const parts = { strip: strip.build(), notices: notices.build(), board: new Board(model) };
  const states = { keys: keys.create(), kiosk: kiosk.create(), builds: builds.create() };
  root.replaceChildren(parts.strip.node, parts.notices.node, parts.board.node);
  const details = { open: null };
  const page = /** @type {*} */ ({ root, view, model, shown: [], ...parts, ...states, details });
  page.clock = new Clock(TICK, {
    period: view.every * 1000,
    ask: (signal, heard) => ask(page, signal, heard),
    show: () => show(page),
  });
  return page;
}

/**
 * Show what the clock does.
 *
 * @param {Page} page
 */
function show(page) {
  if (!page.clock) return; // it shows its state already while it is made
  strip.paintClock(page.strip, page.model, page.clock.state);
  notices.paint(page);
}

/**
 * Set the page up in its root element.
 *
 * @param {HTMLElement} root
 */
function open(root) {
  const page = build(root);
  const beat = window.setInterval(pulse, PULSE);
  const gone = () => document.contains(root) || close();
  const watch = new MutationObserver(gone);
  session = { page, drift: drift(), stop: () => [watch.disconnect(), window.clearInterval(beat)] };
  show(page);
  strip.paintChoices(page.strip, page.view);
  root.addEventListener("ksys:chosen", () => chosen(page));
  acts.listen(page);
  keys.listen(page);
  kiosk.open(page);
  notices.paint(page);
  const content = document.getElementById("content") || document.body;
  watch.observe(content, { childList: true, subtree: true });
}

/** Leave nothing behind when the page is left. */
function close() {
  if (!session) return;
  const { page, stop } = session;
  session = null;
  stop();
  page.clock.stop();
  page.board.close();
  keys.leave(page);
  kiosk.close(page);
}

/** The interval of the page fired. */
export function refresh() {
  const root = document.getElementById(ROOT);
  if (!root) return;
  if (session && session.page.root !== root) close();
  if (!session) open(root);
  if (session) session.page.clock.tick();
}
