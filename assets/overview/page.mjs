/**
 * The overview page: opened by the first tick of its dcc.Interval, closed when its root is gone.
 * Its refresh asks for a frame, and for the tags where they are others.
 *
 * Dash's part is small: the interval ticks, its clientside callback calls `refresh` here, which
 * returns at once. The clock knows whether a request is due.
 */
import { Clock, isSignedOut } from "../clock.mjs";
import { announce, arrange, chosen } from "./arrange.mjs";
import * as builds from "./kiosk/builds.mjs";
import * as kiosk from "./kiosk/kiosk.mjs";
import * as address from "./model/address.mjs";
import { moveHour, takeHour } from "./model/hour.mjs";
import * as models from "./model/model.mjs";
import { moves } from "./model/sorting.mjs";
import * as tagsKnown from "./model/tags.mjs";
import * as acts from "./view/acts.mjs";
import { Board } from "./view/board.mjs";
import * as browserTab from "./view/browser-tab.mjs";
import * as details from "./view/details.mjs";
import * as keys from "./view/keys.mjs";
import * as notices from "./view/notices.mjs";
import * as strip from "./view/strip.mjs";

/** @import { Frame, Page, Tags, Trouble, View } from "../types.mjs" */
/** @typedef {{ body: Frame, kept: number, asked: number }} FrameAnswer */

const [ROOT, TICK] = ["overview", "overview-tick"];
/** Milliseconds between two questions for the last hour. */
const SPARK_PERIOD = 60000;
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
    board.painter.touch(changed);
    announce(page, turned);
  }
  if (models.passed(model) !== null && moveHour(model)) board.painter.paint();
  board.painter.age();
  if (page.details.open) details.paint(page);
}

/**
 * The computer slept while its steady clock stood still: all that is shown is so much older.
 *
 * @param {Page} page
 * @param {number} milliseconds
 */
function wake(page, milliseconds) {
  models.slept(page.model, milliseconds);
  page.clock.slept(milliseconds);
}

/**
 * @param {HTMLElement} root
 * @returns {Page} the page of a root element, its parts made and in their places
 */
function build(root) {
  const { trend = "", zone = "UTC", every, reference, site = "" } = root.dataset;
  const view = address.read(window.location.search, Number(every));
  const model = tagsKnown.create({ zone, trend, reference: Number(reference) });
  const states = { keys: keys.create(), kiosk: kiosk.create(view, model), builds: builds.create() };
  const board = states.kiosk.wall || new Board(model);
  const parts = { strip: strip.build(site), notices: notices.build(), board };
  root.replaceChildren(parts.strip.node, parts.notices.node, parts.board.node);
  const details = { open: null };
  let shown = "";
  const page = /** @type {*} */ ({ root, view, model, shown: [], ...parts, ...states, details });
  page.clock = new Clock(TICK, {
    period: view.every * 1000,
    ask: (signal, heard) => ask(page, signal, heard),
    show: ({ paused, strikes }) => {
      const state = `${paused} ${strikes}`;
      if (state !== shown) show(page);
      shown = state;
    },
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
  browserTab.restore();
  keys.leave(page);
  kiosk.close(page);
}

/**
 * @param {HTMLElement} root
 * @param {"tags" | "frame" | "sparklines"} route
 * @param {AbortSignal} signal
 * @param {string} version of the tags that are known or wanted: a worker that is late catches up
 * @returns {Promise<{ body: *, kept: number, asked: number }>} a JSON answer, how long the server
 *   kept it [ms], and when it was asked for, by performance.now(); or an error that says why not
 */
async function answer(root, route, signal, version) {
  const asked = performance.now();
  const wanted = version ? { "X-Ksys-Version": version } : {};
  const ask = route === "frame" ? /** @type {*} */ (window.fetch).atOnce : window.fetch;
  const response = await ask(root.dataset[route] || "", {
    signal,
    cache: "no-store",
    credentials: "same-origin",
    redirect: "manual",
    headers: { Accept: "application/json", ...wanted },
  });
  if (isSignedOut(response)) throw new notices.SignedOut();
  if (!(response.headers.get("Content-Type") || "").includes("json")) {
    throw new Error("no JSON but status " + response.status);
  }
  const kept = Number(response.headers.get("X-Kept-Ms")) || 0;
  return { body: await response.json(), kept, asked };
}

/**
 * At most one request after the other, never two at once. Tags are taken in only together with a
 * frame of theirs: until then, what is shown stays and its ages go on.
 *
 * @param {Page} page
 * @param {AbortSignal} signal
 * @param {function(boolean=): void} heard is called as soon as the server has answered, with false
 *   where its answer is of no later time than the one before
 * @returns {Promise<boolean>} true if the historian was well
 */
async function ask(page, signal, heard) {
  const { model } = page;
  const both = await bothOf(page, signal).catch(notices.unlessSignedOut);
  if (!page.clock.state.alive) return true;
  if (!both) {
    heard();
    return trouble(page, notices.signedOut(model));
  }
  const { tags, frame } = both;
  heard(models.isLater(model, frame.body));
  const { version } = frame.body;
  if (frame.body.error === notices.LATE) page.clock.now();
  const fits = version && version === (tags ? tags.version : model.version);
  if (!fits || models.isBefore(model, frame.body)) return trouble(page, frame.body);
  take(page, tags, frame);
  if (performance.now() - model.hourAt > SPARK_PERIOD) await askSparks(page, signal);
  return !frame.body.error;
}

/**
 * @param {Page} page
 * @param {AbortSignal} signal
 * @returns {Promise<{ tags: Tags | null, frame: FrameAnswer }>} a frame, and the tags it is of
 *   where they are not known
 */
async function bothOf({ root, model }, signal) {
  const { version: known } = model;
  let tags = known ? null : (await answer(root, "tags", signal, known)).body;
  let frame = await answer(root, "frame", signal, known);
  const { version } = frame.body;
  if (version && version !== (tags ? tags.version : known)) {
    tags = (await answer(root, "tags", signal, version)).body;
    if (tags.version !== version) frame = await answer(root, "frame", signal, known);
  }
  return { tags, frame };
}

/**
 * @param {Page} page
 * @param {AbortSignal} signal
 */
async function askSparks(page, signal) {
  const { root, model } = page;
  const { body } = await answer(root, "sparklines", signal, model.version);
  if (page.clock.state.alive && takeHour(model, body)) page.board.painter.paint();
}

/**
 * Take in other tags; the card that has the focus keeps it under its new number.
 *
 * @param {Page} page
 * @param {Tags} tags
 */
function takeTags({ model, keys: places }, tags) {
  const focused = places.focused === undefined ? "" : model.names[places.focused];
  tagsKnown.takeTags(model, tags);
  places.focused = model.index.get(focused);
}

/**
 * Take a frame in, with the tags it is of where they are others, and show it.
 *
 * @param {Page} page
 * @param {Tags | null} tags
 * @param {FrameAnswer} answer
 */
function take(page, tags, answer) {
  const { model, root, board } = page;
  const held = board.node.contains(document.activeElement);
  const [first, failed] = [model.seq === 0, model.error];
  const { changed, turned } = known(page, tags, answer);
  root.dataset.answers = String(Number(root.dataset.answers || 0) + 1);
  if (changed.length || tags || isSorted(page.view)) arrange(page);
  if (held) keys.hold(page);
  board.painter.paint();
  if (first) begin(page);
  else if (turned.length) announce(page, turned);
  if (failed || model.error) show(page);
  mind(page, answer.body.build);
}

/**
 * Let the model know what was answered.
 *
 * @param {Page} page
 * @param {Tags | null} tags
 * @param {FrameAnswer} answer
 * @returns {ReturnType<typeof models.judge>} the tags of which the state changed
 */
function known(page, tags, { body: frame, kept, asked }) {
  const { model } = page;
  if (tags) takeTags(page, tags);
  models.takeFrame(model, frame, kept, asked);
  if (models.passed(model) !== null) moveHour(model);
  model.error = frame.error ? frame : null;
  return models.judge(model);
}

/**
 * @param {View} view
 * @returns {boolean} whether the rows of the table can stand in another order with each frame
 */
const isSorted = (view) => view.view === "table" && moves(view);

/**
 * The first frame is shown: so is what the address opens, and the clock.
 *
 * @param {Page} page
 */
function begin(page) {
  show(page);
  details.restore(page);
}

/**
 * What hangs on a frame but is not on the board: an open dialog, and the build that answered.
 *
 * @param {Page} page
 * @param {string} build
 */
function mind(page, build) {
  if (page.details.open) details.paint(page);
  if (build !== page.builds.own || page.builds.frames) heardOf(page, build);
}

/**
 * Another build than this page's answered, or did before.
 *
 * @param {Page} page
 * @param {string} build
 */
function heardOf(page, build) {
  if (builds.answered(page.builds, build, page.view.kiosk, performance.now())) {
    window.location.reload();
  }
  notices.paint(page);
}

/**
 * There is no frame to show: say why, if the answer does.
 *
 * @param {Page} page
 * @param {Trouble} body
 * @returns {boolean}
 */
function trouble(page, body) {
  if (body.error) page.model.error = { ...body, as_of: models.shownOf(page.model) };
  notices.paint(page);
  return false;
}

/** The interval of the page fired. */
export function refresh() {
  const root = document.getElementById(ROOT);
  if (!root) return;
  if (session && session.page.root !== root) close();
  if (!session) open(root);
  if (session) session.page.clock.tick();
}
