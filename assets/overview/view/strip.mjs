/** The strip: counts by state, which are also the filter; search, order, view, clock and pause. */
import { t } from "../../messages.mjs";
import { GROUPINGS, PERIODS, SEARCH } from "../model/address.mjs";
import { written } from "../../digits.mjs";
import * as format from "../model/format.mjs";
import { now } from "../model/model.mjs";
import * as order from "../model/order.mjs";
import { label, slug } from "../../words.mjs";
import { arrange, attribute, el, text as write } from "./dom.mjs";

/** @import { ClockState } from "../../clock.mjs" */
/** @import { Model, Strip, View } from "../../types.mjs" */

/** What an operator looks for; then what cannot be trusted. */
const FIRST = ["CRITICAL", "WARNING"];

/**
 * @param {string} act
 * @param {string} value
 * @param {string} word
 */
function choice(act, value, word) {
  const attributes = { class: "seg", "data-act": act, "data-value": value };
  return el("button", { type: "button", ...attributes, "aria-pressed": "false" }, word);
}

/**
 * @template {string | number} Value
 * @param {string} id
 * @param {string} title
 * @param {Value[]} values
 * @param {function(Value): string} wordOf
 */
function select(id, title, values, wordOf) {
  const options = values.map((value) => el("option", { value }, wordOf(value)));
  return el("select", { id, class: "strip__select", "aria-label": title, title }, ...options);
}

/** @param {number} seconds @returns {string} */
const every = (seconds) => t("every %(span)s", { span: format.span(seconds * 1000) });

/** @returns the field of the search */
function searchField() {
  const title = t("Find a tag");
  return el("input", {
    type: "search",
    id: "overview-search",
    class: "strip__search",
    placeholder: title + "  /",
    "aria-label": title,
    autocomplete: "off",
    spellcheck: "false",
    maxlength: SEARCH,
  });
}

/** @returns date and clock, and the button that pauses */
function clockParts() {
  const glyph = new Text("❚❚");
  const act = { type: "button", class: "quiet strip__pause", "data-act": "pause" };
  const said = { "aria-pressed": "false", title: t("Pause (space)"), "aria-label": t("Pause") };
  return {
    clock: new Text(),
    date: new Text(),
    dot: el("i", { class: "strip__dot", "aria-hidden": "true" }),
    word: el("span", { class: "strip__word", hidden: true }, t("Paused")),
    glyph,
    pause: el("button", { ...act, ...said }, glyph),
  };
}

/** @returns {Record<string, string>} what each grouping is called */
const groupings = () => ({
  none: t("No groups"),
  prefix: t("Group: prefix"),
  group: t("Group: plant area"),
  type: t("Group: type"),
  own: t("Group: my own"),
});

/** @returns {{ counts?: string }} what a new strip shows */
const nothing = () => ({});

/**
 * @param {string} site name of the plant; a wall screen shows it here, a page in its header
 * @returns {Strip} its node and the parts that change
 */
export function build(site) {
  const named = { role: "group", "aria-label": t("Filter by state") };
  const counts = el("div", { class: "strip__counts", ...named });
  const search = searchField();
  const worst = choice("sort", "worst", t("Worst first"));
  const groupWords = groupings();
  const table = choice("view", "table", t("Table"));
  const group = select("overview-group", t("Group by"), GROUPINGS, (value) => groupWords[value]);
  const period = select("overview-every", t("Refresh interval"), PERIODS, every);
  const parts = clockParts();
  const act = { type: "button", class: "quiet", "data-act": "menu" };
  const more = el(
    "button",
    { ...act, title: t("Groups, wall screen, keys"), "aria-label": t("Groups, wall screen, keys") },
    "⋮",
  );
  const digits = el("span", { class: "strip__digits" }, parts.clock);
  const clock = el("span", { class: "strip__clock" });
  clock.append(
    ...[el("span", { class: "strip__date" }, parts.date), parts.dot],
    el("span", { class: "strip__time" }, digits),
    ...[el("span", { class: "strip__every" }, period, parts.word), parts.pause],
  );
  const tools = el("span", { class: "strip__tools" }, worst, group, table, more);
  const node = el("section", { class: "strip", "aria-label": t("Counts and controls") });
  node.append(
    ...[el("b", { class: "strip__site" }, site || "Ksys"), counts, el("span", { class: "grow" })],
    ...[search, tools, clock],
  );
  return { node, counts, search, worst, table, group, every: period, ...parts, shows: nothing() };
}

/**
 * @typedef {object} Counted
 * @property {Record<string, number>} count of the tags that the search leaves, in each state
 * @property {number} searched how many it leaves
 * @property {number} all of how many
 */

/** @param {Model} model @param {View} view @returns {Counted} */
export function counted(model, view) {
  const searched = order.found(model, { ...view, states: [] });
  const all = view.q ? order.found(model, { ...view, q: "", states: [] }).length : searched.length;
  return { count: order.counts(model, searched), searched: searched.length, all };
}

/**
 * Show how many of the tags that the search leaves are in each state, and of how many; states with
 * no tag are left out, unless chosen.
 *
 * @param {Strip} strip
 * @param {Model} model
 * @param {View} view
 * @param {Counted} counted
 */
export function paintCounts(strip, model, view, { count, searched, all }) {
  const total = format.ofAll(searched, all);
  const states = model.badges.filter((state) => count[state] || view.states.includes(state));
  const shown = [states.map((state) => [state, count[state]]), total, view.states];
  const key = JSON.stringify(shown);
  if (strip.shows.counts === key) return;
  strip.shows.counts = key;
  const buttons = /** @type {HTMLElement[]} */ ([...strip.counts.children]);
  const before = new Map(buttons.map((node) => [node.dataset.value, node]));
  // A new button in the place of one that is held down would take the press away.
  const button = (/** @type {string} */ state, /** @type {string} */ number, isOn = false) => {
    const node = before.get(state) || counter(state, state ? calm(label(state)) : t("All"));
    write(/** @type {Text} */ (node.lastElementChild?.firstChild), number);
    attribute(node, "aria-pressed", String(isOn));
    return node;
  };
  const ofStates = inStripOrder(states).map((state) =>
    button(state, written(count[state] || 0, 0), view.states.includes(state)),
  );
  arrange(strip.counts, [button("", total, view.states.length === 0), ...ofStates]);
}

/**
 * @param {string[]} states
 * @returns {string[]} alarms first
 */
function inStripOrder(states) {
  const alarms = FIRST.filter((state) => states.includes(state));
  return [...alarms, ...states.filter((state) => !FIRST.includes(state))];
}

/**
 * @param {string} text
 * @returns {string} a label without shouting: "▲ Warning"
 */
function calm(text) {
  return text.toLowerCase().replace(/\p{L}/u, (letter) => letter.toUpperCase());
}

/**
 * @param {string} state
 * @param {string} word
 * @returns {HTMLElement} a button with room for its number
 */
function counter(state, word) {
  const kind = state ? " count--" + slug(state) : "";
  const act = { class: "count" + kind, "data-act": "state", "data-value": state };
  const number = el("b", {}, new Text());
  return el("button", { type: "button", ...act }, word, number);
}

/**
 * Show the choices of the viewer.
 *
 * @param {Strip} strip
 * @param {View} view
 */
export function paintChoices(strip, view) {
  if (strip.search.value !== view.q) strip.search.value = view.q;
  attribute(strip.worst, "aria-pressed", String(view.sort === "worst"));
  attribute(strip.table, "aria-pressed", String(view.view === "table"));
  strip.group.value = view.group;
  const offered = [...strip.every.options].map((option) => Number(option.value));
  if (!offered.includes(view.every)) {
    strip.every.append(el("option", { value: view.every }, every(view.every)));
  }
  strip.every.value = String(view.every);
}

/**
 * Show the database's time and whether the page refreshes.
 *
 * @param {Strip} strip
 * @param {Model} model
 * @param {ClockState} state
 */
export function paintClock(strip, model, state) {
  const moment = now(model);
  const known = Number.isFinite(moment);
  write(strip.clock, known ? format.time(moment, model.zone, moment) : "–");
  write(strip.date, known ? format.day(moment, model.zone) : "");
  attribute(strip.pause, "aria-pressed", String(state.paused));
  write(strip.glyph, state.paused ? "▶" : "❚❚");
  attribute(strip.word, "hidden", state.paused ? null : "");
  attribute(strip.pause, "title", state.paused ? t("Resume (space)") : t("Pause (space)"));
  const kind = state.paused ? "paused" : state.strikes ? "troubled" : "alive";
  attribute(strip.dot, "class", "strip__dot strip__dot--" + kind);
}
