/**
 * Trend and tech in the browser: controls become a question, the question becomes the address,
 * and a refresh asks the same question again. These are the functions that Dash calls.
 */
import { noUpdate, root } from "../dash.mjs";
import { addressOf, around, isDrawn, next, waits, windowOf } from "./question.mjs";
import * as beside from "./beside.mjs";
import * as compare from "./compare.mjs";
import * as copying from "./copying.mjs";
import * as cursor from "./cursor.mjs";
import * as events from "./events.mjs";
import * as grid from "./grid.mjs";
import * as history from "./history.mjs";
import * as indicators from "./indicators.mjs";
import * as legend from "./legend.mjs";
import * as links from "./links.mjs";
import * as named from "./named.mjs";
import * as outside from "./outside.mjs";
import * as pair from "./pair.mjs";
import * as picture from "./picture.mjs";
import * as popover from "./popover.mjs";
import * as session from "./session.mjs";
import * as spans from "./spans.mjs";
import * as stretch from "./stretch.mjs";
import * as surface from "./surface.mjs";
import * as time from "./time.mjs";
import * as url from "./url.mjs";

/** @import { CallbackContext } from "../types.mjs" */
/** @import { Question, Shown } from "./types.mjs" */

export { grid };
export { arrive } from "./history.mjs";

/** @typedef {import("./events.mjs").Told} Told */

/** Milliseconds that a window is at rest before its chart is asked for in its new width. */
const RESIZED = 400;

/**
 * @param {string} page
 * @param {{ prop_id: string, value: * }} trigger
 * @returns {[string, *]} which control fired and its value; a row's value is its tag: its
 *   place would be another's while rows of other tags are on their way
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
 * @param {string} name of the control that fired
 * @param {*} value
 * @returns {boolean} whether the same question is asked once more
 */
const isAgain = (name, value) => name === "event" && value?.kind === "tick";

/**
 * @param {[string, *]} trigger which control fired and its value
 * @returns {[string, *][]} one by one what was done with it: of events there may be several
 */
function actsOf([name, value]) {
  if (name !== "event") return [[name, value]];
  return events.fresh("ask", value).map((event) => [name, event]);
}

/**
 * @param {Question} question
 * @param {[string, *]} act
 * @param {import("./question.mjs").Situation} situation
 * @returns {Question} what is asked after it
 */
function followed(question, [name, value], situation) {
  if (name === "event" && waits(question, value, situation)) {
    events.wait(value);
    return question;
  }
  const after = next(question, name, value, situation) || question;
  if (windowOf(after) !== windowOf(question)) events.forget();
  return after;
}

/**
 * The question of a page, from whichever control changed.
 *
 * @param {CallbackContext} context
 * @returns {[*, *]} the question, and what the field for tags shows
 */
export function ask(context) {
  const same = noUpdate();
  const page = pageOf(context);
  /** @type {Question | null} */
  const before = context.states[page + "-question.data"];
  const triggers = context.triggered.map((trigger) => fired(page, trigger));
  const acts = triggers.flatMap(actsOf);
  if (!before || triggers.some(([name]) => name === "asked")) {
    const asked = context.inputs[page + "-asked.data"];
    session.mount(page, asked.refresh);
    history.begin();
    spans.begin();
    outside.begin();
    indicators.begin(asked.indicators);
    const first = {
      ...asked,
      select: null,
      width: surface.width(page),
      theme: surface.theme(),
      n: 0,
    };
    return [first, same];
  }
  const situation = {
    page,
    shown: context.states[page + "-shown.data"],
    width: surface.width(page),
    theme: surface.theme(),
  };
  let question = before;
  for (const act of acts) question = followed(question, act, situation);
  if (question === before) return [same, same];
  session.asked(acts.every(([name, value]) => isAgain(name, value)));
  const sent = { ...question, indicators: indicators.asked() };
  return [sent, triggers.some(([name]) => name === "add") ? null : same];
}

/**
 * The address, the export link, and which tags are shown.
 *
 * @param {CallbackContext} _context
 * @param {Question | null} question
 * @param {Shown | null} shown
 * @param {string | null} select the stretch that is selected
 * @param {string[] | null} before the tags that were shown
 * @returns {*[]} links to the page of files, of the rows and of every reading; the tags where they
 *   are others
 */
export function mirror(_context, question, shown, select, before) {
  const same = noUpdate();
  const mine = session.current();
  if (!question || !mine) return [same, same, same, same];
  const address = addressOf({ ...question, indicators: indicators.asked() }, shown);
  // While the viewer is on his way to another entry, this one's address is not to take its place.
  if (!events.isAhead("ask", "address")) {
    const isNew = history.isNew(question, select);
    url.mirror(mine.page, { ...address, select }, (to) => history.write(to, isNew));
  }
  history.show(mine.page);
  time.asked(question);
  surface.mark(mine.page, Boolean(question.zoom), Boolean(shown));
  if (shown) {
    compare.show(mine.page, question, shown);
    surface.showColumns(mine.page, shown);
    session.arrived(shown);
    time.show(mine.page, question, shown);
    links.show(mine.page, shown);
    stretch.show(mine.page, shown, select);
    outside.link(mine.page, shown, select);
    outside.move(shown.offset);
  }
  if (!shown) events.forget();
  else if (isDrawn(question, shown)) session.sendAgain(events.due());
  surface.showChoices();
  const tags = before && String(before) === String(address.tag) ? same : address.tag;
  return [...files(mine.page, shown, address, select), tags];
}

/**
 * The rows over a chart are there, or its figure is: what both tell is written into the rows.
 *
 * @param {CallbackContext} _context
 */
export function tell(_context) {
  const mine = session.current();
  if (!mine) return;
  legend.settle(mine.page);
  cursor.arrived(mine.page, () => session.tellNewest());
}

/**
 * @param {string} page
 * @param {Shown | null} shown
 * @param {ReturnType<typeof addressOf>} address what is asked; without an answer it is of the files
 * @param {string | null} select the stretch whose rows are on the screen
 * @returns {string[]} to the page of files, of the rows on the screen, and of every reading
 */
function files(page, shown, address, select) {
  const rows = url.query({ ...(shown ? shown.query : address), select });
  const { tag, start, stop, tz, compare: other } = shown ? shown.query : address;
  const every = url.query({ tag, start, stop, tz });
  // Single readings of a file stand beside no others: with a comparison it is one of buckets.
  const buckets = other ? "&" + url.query({ resolution: "auto", compare: other }) : "";
  return [
    `export?${every}${buckets}`,
    `${page}/rows.csv?${rows}`,
    `api/v1/export.csv?${every}`,
  ].map((path) => root() + path);
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

/** What stands below a chart, in the order of its places. */
const VIEWS = ["rows", "excursions", "statistics", "pair"];

/**
 * @param {CallbackContext} _context
 * @param {string} chosen
 * @returns {boolean[]} which of the views are hidden
 */
export const turn = (_context, chosen) => VIEWS.map((view) => view !== chosen);

/**
 * Which stretch is selected: that of the address at first, then what the viewer selects.
 *
 * @param {CallbackContext} context
 * @param {Question | null} asked
 * @param {Told[] | null} held by the store of events
 * @returns {*} as an address has it, null without one
 */
export function stretchOf({ triggered }, asked, held) {
  // Of the first call, before anything is set, Dash names no trigger.
  const isOfEvent = triggered.some(({ prop_id: id }) => id.endsWith("-event.data"));
  const said = events.fresh("stretch", isOfEvent ? held : null).map(stretch.asker);
  const by = isOfEvent ? said.filter(Boolean).at(-1) : asked;
  return by ? by.select || null : noUpdate();
}

/** Excursions of the chart are known. @param {CallbackContext} _context @param {*} bars */
export const bars = (_context, bars) => outside.show(bars || []);

/** The points of two tags are drawn. @param {CallbackContext} _context */
export function paired(_context) {
  const mine = session.current();
  if (mine) pair.arrived(mine.page);
}

/**
 * An excursion was clicked: zoom to it, with some of what was before and after.
 *
 * @param {CallbackContext} _context
 * @param {{ rowId: string } | null} clicked
 */
export function jump(_context, clicked) {
  const shown = session.current()?.shown;
  if (!clicked || !shown) return;
  session.send("zoom", around(clicked.rowId, Date.parse(shown.stop)));
}

/**
 * What the server has to say: one message instead of a list of them is a refusal.
 *
 * @param {CallbackContext} _context
 * @param {*} message
 */
export function told(_context, message) {
  if (!message) return;
  if (Array.isArray(message)) {
    session.accepted();
  } else {
    events.forget();
    session.refused();
  }
}

beside.listen();
compare.listen();
copying.listen();
history.listen();
grid.listen();
indicators.listen(cursor.tell);
legend.listen();
links.listen();
picture.listen();
named.listen();
popover.listen((panel) => {
  time.fill(panel);
  named.fill(panel);
  compare.fill(panel);
});
stretch.listen();
time.listen();
surface.unfolds();
document.addEventListener("ksys:theme", () => session.send("theme"));
let resizing = 0;
window.addEventListener("resize", () => {
  window.clearTimeout(resizing);
  resizing = window.setTimeout(() => session.send("width"), RESIZED);
});
