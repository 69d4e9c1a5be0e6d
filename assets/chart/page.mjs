/**
 * Trend and tech in the browser: controls become a question, the question becomes the address,
 * and a refresh asks the same question again. These are the functions that Dash calls.
 */
import { noUpdate, root } from "../dash.mjs";
import { t } from "../messages.mjs";
import { addressOf, next } from "./question.mjs";
import * as copying from "./copying.mjs";
import * as cursor from "./cursor.mjs";
import * as session from "./session.mjs";
import * as surface from "./surface.mjs";
import * as url from "./url.mjs";

/** @import { CallbackContext, Question, Shown } from "../types.mjs" */

export * as grid from "./grid.mjs";

/** Milliseconds that a window is at rest before its chart is asked for in its new width. */
const RESIZED = 400;
/** Milliseconds for which a button says what it did. */
const SAID = 1600;

/**
 * @param {string} page
 * @param {{ prop_id: string, value: * }} trigger
 * @returns {[string, *]} which control fired and its value; a chip's value is its place
 */
function fired(page, trigger) {
  const id = trigger.prop_id.slice(0, trigger.prop_id.lastIndexOf("."));
  if (!id.startsWith("{")) return [id.slice(page.length + 1), trigger.value];
  return trigger.value ? ["remove", JSON.parse(id).index] : ["", null];
}

/**
 * @param {CallbackContext} context
 * @returns {string} the page whose controls a callback listens to
 */
function pageOf(context) {
  const source = Object.keys(context.inputs).find((name) => name.endsWith("-asked.data")) || "";
  return source.slice(0, source.indexOf("-asked"));
}

/**
 * The question of a page, from whichever control changed.
 *
 * @param {CallbackContext} context
 * @returns {[*, *, *]} the question, what the field for tags and the choice of windows show
 */
export function ask(context) {
  const same = noUpdate();
  const page = pageOf(context);
  /** @type {Question | null} */
  const before = context.states[page + "-question.data"];
  const triggers = context.triggered.map((trigger) => fired(page, trigger));
  if (!before || triggers.some(([name]) => name === "asked")) {
    const asked = context.inputs[page + "-asked.data"];
    session.mount(page, asked.refresh);
    const first = { ...asked, width: surface.width(page), theme: surface.theme(), n: 0 };
    return [first, same, same];
  }
  const situation = {
    page,
    shown: context.states[page + "-shown.data"],
    from: context.states[page + "-from.value"],
    to: context.states[page + "-to.value"],
    width: surface.width(page),
    theme: surface.theme(),
  };
  let question = before;
  for (const [name, value] of triggers)
    question = next(question, name, value, situation) || question;
  if (question === before) return [same, same, same];
  const isOf = (/** @type {string} */ control) => triggers.some(([name]) => name === control);
  return [question, isOf("add") ? null : same, isOf("go") ? null : same];
}

/**
 * The address, the export link, and which tags are shown.
 *
 * @param {CallbackContext} _context
 * @param {Question | null} question
 * @param {Shown | null} shown
 * @param {string[] | null} before the tags that were shown
 * @returns {*[]} links to the page of files, of the rows and of every reading; the tags where they
 *   are others
 */
export function mirror(_context, question, shown, before) {
  const same = noUpdate();
  const mine = session.current();
  if (!question || !mine) return [same, same, same, same];
  const address = addressOf(question, shown);
  url.mirror(mine.page, address);
  surface.mark(mine.page, Boolean(question.zoom), Boolean(shown));
  if (shown) session.arrived(shown);
  surface.showChoices();
  const tags = before && String(before) === String(address.tag) ? same : address.tag;
  return [...links(mine.page, shown), tags];
}

/**
 * The rows over a chart are there, or its figure is: what both tell is written into the rows.
 *
 * @param {CallbackContext} _context
 */
export function tell(_context) {
  const mine = session.current();
  if (!mine) return;
  cursor.arrived(mine.page);
  session.tellNewest();
}

/**
 * @param {string} page
 * @param {Shown | null} shown
 * @returns {string[]} to the page of files, of the rows on the screen, and of every reading
 */
function links(page, shown) {
  const rows = shown ? url.query(shown.query) : "";
  const { tag, start, stop, tz } = shown ? shown.query : {};
  const every = url.query({ tag, start, stop, tz });
  return [`export?${every}`, `${page}/rows.csv?${rows}`, `api/v1/export.csv?${every}`].map(
    (path) => root() + path,
  );
}

/**
 * The interval of a page fired.
 *
 * @param {CallbackContext} _context
 * @param {number | null} count
 */
export function tick(_context, count) {
  const mine = session.current();
  if (count && mine) mine.clock.tick();
}

/**
 * What the server has to say: one message instead of a list of them is a refusal.
 *
 * @param {CallbackContext} _context
 * @param {*} message
 */
export function told(_context, message) {
  if (message && !Array.isArray(message)) session.refused();
}

/**
 * @param {session.Session} mine
 * @returns {Record<string, string>} what a link must say besides the address: SMA 10 is of what the
 *   sender saw
 */
function lasting({ page, shown }) {
  const resolution = page === "tech" && shown ? shown.query.resolution : null;
  return resolution ? { resolution: String(resolution) } : {};
}

/**
 * Copy a link to what is shown, and let the button say whether it was.
 *
 * @param {session.Session} mine
 * @param {HTMLElement} button
 */
async function copy(mine, button) {
  const copied = await url.copy(lasting(mine));
  const before = button.dataset.word || button.textContent || "";
  button.dataset.word = before;
  button.textContent = copied ? t("Copied") : t("Not copied");
  window.setTimeout(() => (button.textContent = before), SAID);
}

copying.listen();
document.addEventListener("ksys:theme", () => session.send("theme"));
let resizing = 0;
window.addEventListener("resize", () => {
  window.clearTimeout(resizing);
  resizing = window.setTimeout(() => session.send("width"), RESIZED);
});
document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("[id$='-copy']") : null;
  const mine = session.current();
  if (button instanceof HTMLElement && mine) copy(mine, button);
});
