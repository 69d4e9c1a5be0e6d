/** Trend or tech while it is open: its clock asks the same question again, and tells of silence. */
import { Clock, isSignedOut, setProps } from "../clock.mjs";
import { build, isIdle, root } from "../dash.mjs";
import { t } from "../messages.mjs";
import * as events from "./events.mjs";
import { eachRow } from "./legend.mjs";
import * as newest from "./newest.mjs";
import * as surface from "./surface.mjs";

/** @import { Shown } from "./types.mjs" */

/**
 * @typedef {object} Session
 * @property {string} page
 * @property {Clock} clock
 * @property {number} watchdog
 * @property {Shown | null} shown the answer that is drawn
 * @property {boolean} refused whether the last question was
 * @property {boolean} asking whether another question than that of `shown` has no answer yet
 * @property {boolean} behind whether what stands beside the chart is of one before and stays so:
 *   nobody answered, and nothing is on its way
 * @property {(function(boolean): void) | null} waiting is told once the question asked again is
 *   answered, or refused
 */

const SECONDS = 10;
/** Milliseconds between two looks at the age of what is shown. */
const WATCH = 1000;

/** @type {Session | null} */
let session = null;

/** @returns {Session | null} */
export const current = () => session;

/**
 * @typedef {"tick" | "theme" | "width" | "reset" | "window" | "address" | "follow" | "freeze" |
 *   "zoom" | "compare" | "choose" | "select" | "switch" | "step"} Kind
 */

/**
 * Tell the page's question that something other than a control of Dash changed.
 *
 * @param {Kind} kind
 * @param {Record<string, *>} [more] what belongs to it
 */
export function send(kind, more) {
  if (!session || !surface.isThere(session.page)) return;
  setProps(session.page + "-event", { data: events.added({ kind, ...more }) });
}

/** What waited for an answer is told anew. @param {events.Told[]} waited */
export function sendAgain(waited) {
  for (const event of waited) send(/** @type {Kind} */ (event.kind), event);
}

/**
 * Start the clock of a page that has come up, stop that of the one before.
 *
 * @param {string} page
 * @param {number} [seconds] between two refreshes
 */
export function mount(page, seconds = SECONDS) {
  leave();
  events.begin();
  const clock = new Clock(page + "-tick", {
    period: seconds * 1000,
    ask: (signal, answered) => refresh(signal, answered),
    show: () => undefined,
  });
  const watchdog = window.setInterval(tellAge, WATCH);
  const nothing = { shown: null, refused: false, asking: true, behind: false, waiting: null };
  session = { page, clock, watchdog, ...nothing };
}

/** Leave nothing behind. */
function leave() {
  if (!session) return;
  session.clock.stop();
  window.clearInterval(session.watchdog);
  session = null;
}

/**
 * Ask the same question again; a window that lies still has nothing new, once it is shown.
 *
 * @param {AbortSignal} signal
 * @param {function(): void} answered
 * @returns {Promise<boolean>}
 */
async function refresh(signal, answered) {
  const mine = session;
  if (!mine || !surface.isThere(mine.page)) {
    leave();
    return true;
  }
  lookForBuild(signal);
  tellNewest(signal);
  const isWhole = !mine.refused && !mine.asking && !mine.behind;
  const still = isWhole && !(mine.shown && mine.shown.live);
  catchUp(mine);
  const ok = still || (await answerOf(mine, signal));
  if (ok) answered();
  return ok;
}

/** @param {Session} mine @returns {boolean} whether the rows over the chart are of other tags */
function isMisnamed({ page, shown }) {
  const rows = new Set();
  eachRow(page, (_row, tag) => rows.add(tag));
  const tags = new Set((shown && shown.tags) || []);
  return rows.size !== tags.size || [...tags].some((tag) => !rows.has(tag));
}

/** Ask again for what beside the chart nobody answered. @param {Session} mine */
function catchUp(mine) {
  if (!mine.behind) return;
  nameTags(mine);
  surface.renewRows(mine.page);
  mine.behind = false;
}

/** Ask for the rows over the chart, where they are of other tags. @param {Session} mine */
function nameTags(mine) {
  if (mine.shown && isMisnamed(mine)) setProps(mine.page + "-tags", { data: mine.shown.tags });
}

/**
 * @param {Session} mine
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether the question that is asked again is not refused
 */
function answerOf(mine, signal) {
  return new Promise((resolve, reject) => {
    mine.waiting = (ok) => {
      mine.waiting = null;
      resolve(ok);
    };
    const late = () => reject(new Error("no answer in time"));
    signal.addEventListener("abort", late, { once: true });
    send("tick");
  });
}

/**
 * @param {"newer" | "signed-out"} id of a notice
 * @param {boolean} shown
 */
function notice(id, shown) {
  const node = document.getElementById(id);
  if (node) node.hidden = !shown;
}

/**
 * Say so when a newer build answers, or a proxy that wants a new sign-in. What is shown stays: it
 * is the viewer who loads anew.
 *
 * @param {AbortSignal} signal
 */
async function lookForBuild(signal) {
  /** @type {RequestInit} */
  const options = { cache: "no-store", redirect: "manual", signal };
  // Whoever does not answer tells nothing; that he does not is told by the question itself.
  const answer = await window.fetch(root() + "build", options).catch(() => null);
  if (!answer) return;
  const out = isSignedOut(answer);
  notice("signed-out", out);
  const body = !out && answer.ok ? await answer.json().catch(() => null) : null;
  if (body && body.build !== build()) notice("newer", true);
}

/** A question goes out. @param {boolean} again whether it is the same as before */
export function asked(again) {
  if (!session) return;
  surface.ask(session.page, again);
  if (!again) session.asking = true;
}

/**
 * An answer is in: the clock may go on, and a double click knows its chart.
 *
 * @param {Shown} shown
 */
export function arrived(shown) {
  if (!session || (session.shown && session.shown.now === shown.now)) return;
  session.shown = shown;
  session.refused = false;
  look();
  surface.nameChoices();
  if (session.waiting) session.waiting(true);
  surface.onDoubleClick(session.page, () => send("reset"));
  surface.refreshRows(session.page);
}

/**
 * Write the newest readings of the tags that are shown, where the page has rows for them.
 *
 * @param {AbortSignal} [signal]
 */
export function tellNewest(signal) {
  if (!session || !document.getElementById(session.page + "-legend")) return;
  const { existing = [], time } = session.shown || {};
  newest.show(session.page, existing, time?.zone, signal);
}

/** The question was answered: nothing that is shown is of another one, but it may be old. */
export function accepted() {
  if (!session) return;
  Object.assign(session, { refused: false, asking: false });
  surface.answer(session.page);
  look();
}

/** The question was refused, or nobody could answer it: what is shown is of an earlier one. */
export function refused() {
  if (!session) return;
  Object.assign(session, { refused: true, asking: false });
  surface.answer(session.page);
  look();
  if (session.waiting) session.waiting(false);
}

// A question that was turned away all the time is asked again with the next tick.
document.addEventListener("ksys:busy", refused);

/** Let what is shown look as old as it is. */
function look() {
  if (!session) return;
  const quiet = session.clock.silence() > 0;
  surface.age(session.page, quiet || session.refused || Boolean(session.shown?.old), quiet);
}

/** A dead server cannot say that what is shown is old; this can. */
function tellAge() {
  if (!session) return;
  const place = document.getElementById(session.page + "-age");
  if (!place) {
    leave();
    return;
  }
  const isDone = isIdle() && Boolean(session.shown) && !session.asking;
  session.behind = isDone && (surface.isTelling(session.page) || isMisnamed(session));
  const quiet = session.clock.silence();
  const text = quiet ? old(Math.round(quiet / 1000)) : "";
  if (place.textContent !== text) place.textContent = text;
  if (quiet) surface.answer(session.page);
  look();
}

/** @param {number} seconds @returns {string} */
const old = (seconds) =>
  t("No answer for %(seconds)s s; what is shown is that old. It is tried again by itself.", {
    seconds,
  });
