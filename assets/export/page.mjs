/**
 * The page of files in the browser: the form becomes a question, the question the address of the
 * page; files are fetched here. These are the functions that Dash calls.
 */
import { copied } from "../clipboard.mjs";
import { setProps } from "../clock.mjs";
import { isAt, noUpdate, root } from "../dash.mjs";
import { t } from "../messages.mjs";
import { answered, numbered } from "./asking.mjs";
import * as downloads from "./downloads.mjs";
import { NONE, paint } from "./estimate.mjs";
import { LONGEST_NAME, WAYS, added, pieces, question } from "./question.mjs";
import { rests, setOf, text, widthOf, without } from "./question.mjs";

/** @import { CallbackContext } from "../types.mjs" */
/** @import { Estimate } from "./estimate.mjs" */
/** @import { Asked, Chosen, Query, Sent } from "./question.mjs" */

/**
 * What the server makes of a question.
 *
 * @typedef {object} Built
 * @property {number} n of which question
 * @property {string} address
 * @property {boolean} post
 * @property {string} kind
 * @property {string} name
 * @property {Record<string, string>} snippets
 * @property {Record<string, string> | null} moving
 */

/** Queries longer than this stand behind the `#`: servers take 8,190 characters. */
const LONGEST = 7000;
/** A longer question is not sent: what a call of a page holds has an end. [characters] */
const MOST = 1_000_000;
/** So many names of each way are sent of a list that is longer. */
const SHOWN = 100;
/** Stands for what the browser alone knows, as `components/export/snippets.py` writes it. */
const SITE = "%SITE%";

/** @param {CallbackContext} context @returns {Record<string, *>} what the controls hold */
function values(context) {
  const found = Object.entries(context.inputs);
  return Object.fromEntries(found.map(([id, value]) => fired({ prop_id: id, value })));
}

/** @param {{ prop_id: string, value: * }} trigger @returns {[string, *]} control and its value */
function fired({ prop_id: id, value }) {
  return [id.slice("export-".length, id.lastIndexOf(".")), value];
}

/**
 * The question, from all controls.
 *
 * @param {CallbackContext} context
 * @returns {*[]} the question; what the controls hold that say the same as the one that changed
 */
export function ask(context) {
  const same = noUpdate();
  const held = values(context);
  const asks = context.triggered.some(({ prop_id: id }) => id === "export-asked.data");
  const first = asks || !context.states["export-query.data"];
  const changed = first ? {} : rests(context.triggered.map(fired), held);
  if (first) begin(held.tags);
  const now = { ...held, ...changed };
  const asked = question(now, held.tags, held.asked, orders());
  const whole = text(asked.query);
  for (const set of ["readings", "buckets"]) {
    const node = document.getElementById(`export-${set}-set`);
    if (node) node.hidden = set !== setOf(widthOf(now));
  }
  const signs = document.getElementById("export-signs");
  if (signs) signs.hidden = !String(now.kind).startsWith("csv");
  mirror(asked, held.asked.defaults.format);
  withdraw();
  nameLists();
  const others = ["window", "start", "stop", "resolution", "width", "separator"];
  const kept = others.map((name) => (name in changed ? changed[name] : same));
  const isOther = first || context.triggered.some(({ prop_id: id }) => id === "export-tags.data");
  return [numbered(sent(asked, whole)), ...kept, isOther ? chosenOf(asked.query) : same];
}

/**
 * @param {Asked} asked
 * @param {string} whole its query as of an address
 * @returns {Sent} in pieces; of a list that no call holds how long it is
 */
function sent({ query, kind }, whole) {
  if (whole.length <= MOST) return { query: pieces(whole), kind };
  return { query: [], kind, names: WAYS.flatMap((way) => query[way] || []).length };
}

/** @param {Query} query @returns {Chosen} of a list that no call holds the first names */
function chosenOf(query) {
  const tags = ofTags(query);
  if (text(tags).length <= MOST) return { query: pieces(text(tags)), more: 0 };
  const few = Object.fromEntries(WAYS.map((way) => [way, tags[way].slice(0, SHOWN)]));
  const count = (/** @type {Query} */ of) => WAYS.flatMap((way) => of[way]).length;
  return { query: pieces(text(few)), more: count(tags) - count(few) };
}

/** @param {Query} query @returns {Query} how its tags are chosen */
const ofTags = (query) => Object.fromEntries(WAYS.map((way) => [way, query[way] || []]));

/** Another question is asked: until its file is known that of the one before is not offered. */
function withdraw() {
  setProps("export-download", { disabled: true });
  setProps("export-link", { href: null });
  setProps("export-snippet", { children: "" });
  paint(null);
}

/** @returns {Record<string, string[]>} the columns in the order of the form */
function orders() {
  const of = (/** @type {string} */ set) =>
    [...document.querySelectorAll(`#export-${set} label`)].map((each) => each.textContent || "");
  return { readings: of("readings"), buckets: of("buckets") };
}

/** The page has come up. @param {Query} tags */
function begin(tags) {
  downloads.show();
  const hash = new URLSearchParams(window.location.hash.slice(1));
  const more = Object.fromEntries(WAYS.map((way) => [way, hash.getAll(way)]));
  if (WAYS.some((way) => more[way].length)) setProps("export-tags", { data: added(tags, more) });
}

/**
 * Show the question in the address, without a new entry in the history.
 *
 * @param {Asked} asked
 * @param {string} usual kind of file
 */
function mirror({ query, kind }, usual) {
  if (!isAt("export")) return;
  const whole = text(query, kind === usual ? "" : kind);
  const { pathname, search, hash } = window.location;
  let address = pathname + (whole ? "?" + whole : "");
  if (whole.length > LONGEST) {
    const others = Object.fromEntries(Object.entries(query).filter(([n]) => !WAYS.includes(n)));
    address = `${pathname}?${text(others, kind === usual ? "" : kind)}#${text(ofTags(query))}`;
  }
  if (address !== pathname + search + hash) {
    window.history.replaceState(window.history.state, "", address);
  }
}

/** Lists of Dash take no aria-label: the legend around each names it. */
function nameLists() {
  const lists = document.querySelectorAll(".segs-group [role='listbox']:not([aria-label])");
  for (const list of lists) {
    const legend = list.closest("fieldset")?.querySelector("legend");
    list.setAttribute("aria-label", legend?.textContent || "");
  }
}

/**
 * Tags are added and taken away.
 *
 * @param {CallbackContext} context
 * @returns {*[]} the tags, the text that is typed, the group that is shown
 */
export function choose(context) {
  const same = noUpdate();
  let tags = context.states["export-tags.data"];
  const before = tags;
  for (const { prop_id: id, value } of context.triggered) {
    if (value) tags = chosen(tags, id.slice(0, id.lastIndexOf(".")), value);
  }
  return tags === before ? [same, same, same] : [tags, isNamed(context) ? "" : same, null];
}

/**
 * @param {CallbackContext} context
 * @returns {boolean} whether what stands in the field is chosen now: what was typed since an answer
 *   was asked for is not, nor what was typed while a chip was taken away
 */
function isNamed({ triggered, states }) {
  const named = triggered.some(({ prop_id: id }) => id === "export-named.data");
  const typed = (states["export-typed.data"]?.text || []).join("");
  if (named && typed === states["export-add.value"]) return true;
  return triggered.some(({ prop_id: id, value }) => value && id.includes('"export-offer"'));
}

/** @param {Query} tags @param {string} control @param {*} value @returns {Query} */
function chosen(tags, control, value) {
  if (control === "export-group") return added(tags, { group: [value] });
  if (control === "export-named") return added(tags, value);
  const { type, index, way, name } = JSON.parse(control);
  return type === "export-remove" ? without(tags, index) : added(tags, { [way]: [name] });
}

/**
 * What was typed or pasted goes to the server, which knows the names.
 *
 * @param {CallbackContext} context
 * @returns {*}
 */
export function enter(context) {
  const pasted = context.triggered.find(({ prop_id: id }) => id === "export-pasted.data");
  const typed = pasted ? pasted.value.text : context.states["export-add.value"];
  return typed && typed.trim() ? { text: pieces(typed), at: Date.now() } : noUpdate();
}

/**
 * What of a file the server needs to weigh it and to show its first rows.
 *
 * @param {CallbackContext} _context
 * @param {Built | null} built
 * @returns {{ kind: string, name: string, address: string[] } | null}
 */
export const divide = (_context, built) =>
  built && { kind: built.kind, name: built.name, address: pieces(built.address) };

/**
 * Show the lines for scripts, and where the file is; how large the one before was is no longer so.
 *
 * @param {CallbackContext} context
 * @param {Built | null} built
 * @param {string} tab
 * @param {string[] | null} moves
 * @param {Sent | null} asked
 * @returns {[string, *, boolean]} lines, address of the plain link, whether there is no file
 */
export function show(context, built, tab, moves, asked) {
  const file = fileOf(built, asked);
  forget(context, built);
  const moving = document.getElementById("export-moving-set");
  if (moving) moving.hidden = !(file && file.moving);
  if (!file) return ["", null, true];
  const lines = moves && moves.length && file.moving ? file.moving : file.snippets;
  const link = file.post ? null : `${root()}api/v1/export.${file.kind}?${file.address}`;
  return [(lines[tab] || "").replaceAll(SITE, window.location.origin + root()), link, false];
}

/**
 * @param {Built | null} built
 * @param {Sent | null} asked
 * @returns {Built | null} the file of what is asked; null while what is known is of a question
 *   before: it would be fetched under the name of this one
 */
const fileOf = (built, asked) => (built && built.n === asked?.n ? built : null);

/**
 * How large it would be is not known yet of another file.
 *
 * @param {CallbackContext} context
 * @param {Built | null} built
 */
function forget({ triggered }, built) {
  const isOther = triggered.some(({ prop_id: id }) => id === "export-built.data");
  if (!isOther) return;
  answered(built?.n);
  paint(built ? null : NONE);
}

/**
 * Copy the lines for scripts; other lines have not been copied yet.
 *
 * @param {CallbackContext} context
 * @param {number | null} clicks
 * @param {string | null} lines
 * @returns {Promise<string>} what became of it
 */
export async function copy(context, clicks, lines) {
  const isPressed = context.triggered.some(({ prop_id: id }) => id === "export-copy.n_clicks");
  if (!isPressed || !clicks || !lines) return "";
  return (await copied(lines)) ? t("Copied.") : t("The browser did not let it be copied.");
}

/**
 * Say how large the file would be, once that is known. Dash calls this only then.
 *
 * @param {CallbackContext} _context
 * @param {Built | null} built
 * @param {Estimate | null} guessed
 * @param {Sent | null} asked
 * @returns {*}
 */
export function weigh(_context, built, guessed, asked) {
  const file = fileOf(built, asked);
  if (file) paint(ofIt(file, guessed));
  else paint(built ? null : NONE);
  return noUpdate();
}

/**
 * @param {Built} built
 * @param {Estimate | null} guessed
 * @returns {Estimate | null} how large the file would be, null while that is known of another one
 */
const ofIt = (built, guessed) =>
  guessed?.of === `${built.kind}?${built.address}` ? guessed : null;

/**
 * Fetch the file; Dash is not kept waiting.
 *
 * @param {CallbackContext} _context
 * @param {number | null} clicks
 * @param {Built | null} built
 * @param {Estimate | null} guessed
 * @param {Sent | null} asked
 * @returns {*}
 */
export function download(_context, clicks, built, guessed, asked) {
  const file = fileOf(built, asked);
  if (clicks && file) downloads.start(file, ofIt(file, guessed) || undefined);
  return noUpdate();
}

/** Escape takes back what is typed, and with it what is offered. */
document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape" && target instanceof HTMLElement && target.closest(".export-search")) {
    setProps("export-add", { value: "" });
    document.getElementById("export-add")?.focus();
  }
});

/** A list that is pasted has lines, which a field of one line would run together, or is long. */
document.addEventListener("paste", (event) => {
  const { target, clipboardData } = event;
  if (!(target instanceof HTMLElement) || target.id !== "export-add" || !clipboardData) return;
  const pasted = clipboardData.getData("text/plain");
  if (!/[\r\n]/.test(pasted.trim()) && pasted.length <= LONGEST_NAME) return;
  event.preventDefault();
  setProps("export-pasted", { data: { text: pasted, at: Date.now() } });
});
