/**
 * A stretch of the chart that is selected: excursions, statistics and rows are those of it. A drag
 * zooms; one with the Shift key, or after the button, selects. Shift and an arrow key do likewise.
 */
import { t } from "../messages.mjs";
import * as cursor from "./cursor.mjs";
import * as session from "./session.mjs";
import * as spans from "./spans.mjs";
import * as surface from "./surface.mjs";
import { displayed, iso } from "./times.mjs";

/** @import { Question, Shown } from "./types.mjs" */

/** @typedef {{ kind: string, select?: string | null, ask?: Partial<Question> }} Told */

const MINUTE = 60_000;
/** A shorter drag is a click [px]. */
const LEAST = 4;
const NAME = "chart__stretch";

/** Where a drag began [px of the plot], or the arrow keys [ms of the displayed clock]. */
/** @type {number | null} */
let dragged = null;
/** @type {number | null} */
let anchor = null;
let armed = false;
/** What is selected, as an address has it. @type {string | null} */
let selected = null;

/** @param {string} page @param {string} name @returns {HTMLElement | null} */
const part = (page, name) => document.getElementById(`${page}-stretch${name}`);

/** A time of day, and one of the world: without its offset it is one of the displayed clock. */
const [TIME, WORLD] = [/[T ]\d\d:\d\d/, /(Z|[+-]\d\d:?\d\d)$/i];

/**
 * @param {string} text as an address has it; a whole day is left to the server
 * @param {number} offset of the displayed clock [min]
 * @returns {number} the moment on the axis [ms], NaN where it cannot be read
 */
function moment(text, offset) {
  if (!TIME.test(text)) return NaN;
  return WORLD.test(text) ? Date.parse(text) + offset * MINUTE : Date.parse(`${text}Z`);
}

/**
 * @param {string} select as an address has it
 * @param {number} offset of the displayed clock [min]
 * @returns {spans.Span | null} on the axis; null where it cannot be read: the server says so
 */
export function spanOf(select, offset) {
  const [start, stop] = select.split("/").map((text) => moment(text, offset));
  return start < stop ? { start, stop } : null;
}

/**
 * @param {string} select as an address has it
 * @param {number} offset of the displayed clock [min]
 * @returns {spans.Span | null} as moments of the world [ms since 1970], as a zoom takes them
 */
export function instants(select, offset) {
  const span = spanOf(select, offset);
  return span && { start: span.start - offset * MINUTE, stop: span.stop - offset * MINUTE };
}

/**
 * @param {spans.Span} span
 * @param {number} offset of the displayed clock [min]
 * @returns {string} as an address has it
 */
export function selectOf({ start, stop }, offset) {
  const precise = stop - start < MINUTE;
  return [start, stop].map((time) => iso(time - offset * MINUTE, offset, precise)).join("/");
}

/**
 * Show what is selected: over the chart, and in words beside the views.
 *
 * @param {string} page
 * @param {Shown} shown
 * @param {string | null} select
 */
export function show(page, shown, select) {
  if (!part(page, "")) return;
  const isOther = selected !== select;
  selected = select;
  const span = select ? spanOf(select, shown.offset) : null;
  spans.show(cursor.chart(), NAME, span ? [span] : []);
  const [place, words] = [part(page, "-shown"), part(page, "-said")];
  if (place) place.hidden = !select;
  const said = span ? text(span) : select || "";
  if (words && words.textContent !== said) words.textContent = said;
  if (isOther) surface.refreshRows(page);
}

/** @param {spans.Span} span @returns {string} such as `2026-11-25 22:26:00 – 23:26:00` */
function text({ start, stop }) {
  const [from, to] = [start, stop].map((time) => new Date(time).toISOString());
  const end = from.slice(0, 10) === to.slice(0, 10) ? to.slice(11, 19) : clock(to);
  return `${clock(from)} – ${end}`;
}

/** @param {string} time @returns {string} */
const clock = (time) => time.slice(0, 19).replace("T", " ");

/**
 * @param {Told | null} event of the page
 * @returns {{ select?: string | null } | null} what of it says which stretch is selected, if any
 */
export function asker(event) {
  if (event?.kind === "select") return event;
  return event?.kind === "address" ? event.ask || null : null;
}

/** @param {string | null} select */
const ask = (select) => session.send("select", { select });

/** @param {spans.Span} span select it, as far as it is shown */
function choose(span) {
  const shown = session.current()?.shown;
  if (shown) ask(selectOf(span, shown.offset));
}

/** @param {boolean} on whether the next drag selects */
function arm(on) {
  armed = on;
  const page = session.current()?.page;
  const button = page ? part(page, "") : null;
  button?.setAttribute("aria-pressed", String(on));
  document.querySelector(`.page--${page} .chart`)?.classList.toggle("is-selecting", on);
  if (button) button.textContent = on ? t("Drag over the chart") : t("Select a stretch");
}

/**
 * @param {number} clientX
 * @returns {number | null} place on the axis [px], at its ends at the utmost
 */
function placeOf(clientX) {
  const plot = cursor.chart();
  const axis = plot?._fullLayout?.xaxis;
  if (!axis) return null;
  const pixels = clientX - plot.getBoundingClientRect().left - axis._offset;
  return Math.min(Math.max(pixels, 0), axis._length);
}

/** @param {number} from @param {number} to [px] @returns {spans.Span} */
function between(from, to) {
  const axis = cursor.chart()._fullLayout.xaxis;
  const [first, last] = axis.range.map((/** @type {*} */ edge) => displayed(edge));
  const time = (/** @type {number} */ at) => first + ((last - first) * at) / axis._length;
  return { start: time(Math.min(from, to)), stop: time(Math.max(from, to)) };
}

/** @param {EventTarget | null} target @returns {boolean} whether it lies in the chart's plot */
function isOver(target) {
  if (!(target instanceof Element) || !target.closest(".nsewdrag")) return false;
  return Boolean(cursor.chart()?.contains(target));
}

/** @param {PointerEvent} event */
function begin(event) {
  if (!(armed || event.shiftKey) || event.button !== 0 || !isOver(event.target)) return;
  if (!part(session.current()?.page || "", "")) return;
  event.preventDefault();
  event.stopPropagation();
  dragged = placeOf(event.clientX);
}

/** @param {PointerEvent} event */
function drag(event) {
  const at = placeOf(event.clientX);
  if (dragged === null || at === null) return;
  spans.show(cursor.chart(), NAME, [between(dragged, at)]);
}

/** @param {PointerEvent} event */
function end(event) {
  const [from, at] = [dragged, placeOf(event.clientX)];
  dragged = null;
  if (from === null || at === null) return;
  arm(false);
  if (Math.abs(at - from) >= LEAST) choose(between(from, at));
  else again();
}

/** What is selected is shown as it was. */
function again() {
  const mine = session.current();
  if (mine?.shown) show(mine.page, mine.shown, selected);
}

/** While a stretch is drawn plotly must not zoom. @param {Event} event */
function keep(event) {
  if (dragged === null) return;
  event.stopPropagation();
  if (event.cancelable) event.preventDefault();
}

/** @param {boolean} isOnChart whether the keys are pressed there */
function leave(isOnChart) {
  if (isOnChart && selected && !armed && dragged === null) ask(null);
  dragged = null;
  if (armed) arm(false);
  again();
}

/** @param {KeyboardEvent} event */
function press({ key, target, shiftKey }) {
  const isOnChart = target instanceof Element && target.matches(".chart");
  if (key === "Escape") leave(isOnChart);
  if (isOnChart && shiftKey && key.startsWith("Arrow")) extend();
}

/** An arrow key is pressed with Shift: the stretch begins where the cursor is, before its step. */
function extend() {
  if (!part(session.current()?.page || "", "")) return;
  if (anchor === null) anchor = cursor.moment() ?? cursor.last();
  window.setTimeout(follow); // the cursor's own step comes first
}

/** The stretch from where the arrow keys began to where the cursor is, its point included. */
function keyed() {
  const at = cursor.moment();
  if (anchor === null || at === null) return null;
  return { start: Math.min(anchor, at), stop: cursor.after(Math.max(anchor, at)) };
}

/** Show what the arrow keys select. */
function follow() {
  const span = keyed();
  if (span) spans.show(cursor.chart(), NAME, [span]);
}

/** @param {KeyboardEvent} event */
function release({ key }) {
  if (key !== "Shift" || anchor === null) return;
  const span = keyed();
  anchor = null;
  if (span && span.start < span.stop) choose(span);
}

/** @param {MouseEvent} event */
function click({ target }) {
  const mine = session.current();
  const button = target instanceof Element ? target.closest("button") : null;
  if (!mine?.shown || !button) return;
  if (button.id === `${mine.page}-stretch`) arm(!armed);
  if (button.id === `${mine.page}-stretch-leave`) ask(null);
  const span = selected ? instants(selected, mine.shown.offset) : null;
  if (span && button.id === `${mine.page}-stretch-zoom`) session.send("zoom", span);
}

/** Listen while the page is open; before plotly, which would zoom. */
export function listen() {
  document.addEventListener("pointerdown", begin, true);
  for (const name of ["mousedown", "touchstart"])
    document.addEventListener(name, keep, { capture: true, passive: false });
  document.addEventListener("pointermove", drag);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", press, true);
  document.addEventListener("keyup", release);
  document.addEventListener("click", click);
}
