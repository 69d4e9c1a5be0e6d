/**
 * The switches over the chart of indicators: each is legend, switch and value at the cursor at
 * once. All indicators are in the figure, so one that is switched on is seen without a question.
 */
import * as history from "./history.mjs";
import { partsOf, text } from "./lines.mjs";
import * as session from "./session.mjs";

/** @import { Parts, Trace } from "./lines.mjs" */

/**
 * @typedef {object} Label what a figure says of an indicator
 * @property {string} name
 * @property {string} width in time
 * @property {string} of buckets of which width
 * @property {string} text all of it
 * @property {string} glyph stands for its line
 */
/**
 * @typedef {object} Said what stands in a switch beside its name
 * @property {string} value at the cursor; a dash where the indicator does not exist
 * @property {string} of unit, buckets
 * @property {string} more of a band its sigma, of a slope its R²
 */

/** The word of an address for no indicator at all. */
const NONE = "none";
/** What is made transparent and not taken away: the cursor goes from one mean to the next. */
const RAW = "avg";
const NOTHING = "–";

/** @type {string | null} what the address says of indicators; null: the usual ones */
let inAddress = null;

/** @param {string | null | undefined} said by the address of a page that comes up */
export function begin(said) {
  inAddress = said || null;
}

/** @returns {string | null} what the address says, for the next question */
export const asked = () => inAddress;

/** @param {string} page @returns {HTMLElement[]} */
const switches = (page) => [
  .../** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll(`#${page}-indicators [data-indicator]`)
  ),
];

/** @param {HTMLElement} node @returns {string} */
const nameOf = (node) => node.dataset.indicator || "";

/** @param {HTMLElement} node @returns {boolean} */
const isPressed = (node) => node.getAttribute("aria-pressed") === "true";

/**
 * @param {{ name: string, isOn: boolean, isUsual: boolean }[]} every switch in its order
 * @returns {string | null} what an address says of them: nothing of the usual ones
 */
export function said(every) {
  if (every.every(({ isOn, isUsual }) => isOn === isUsual)) return null;
  return (
    every
      .filter(({ isOn }) => isOn)
      .map(({ name }) => name)
      .join(",") || NONE
  );
}

/**
 * What plotly is to change so that those that are on are seen, and no other.
 *
 * @param {*} plot plotly's element
 * @param {Set<string>} on
 * @returns {{ traces: number[], style: object, layout: object, height: number } | null} null where
 *   all is so
 */
export function change({ data, layout }, on) {
  /** @type {number[]} */
  const traces = [...data.keys()].filter((i) => data[i].meta?.indicator);
  const name = (/** @type {number} */ i) => data[i].meta.indicator;
  const isSeen = (/** @type {number} */ i) => data[i].visible !== false && data[i].opacity !== 0;
  if (traces.every((i) => isSeen(i) === on.has(name(i)))) return null;
  const style = {
    visible: traces.map((i) => name(i) === RAW || on.has(name(i))),
    opacity: traces.map((i) => (name(i) === RAW && !on.has(RAW) ? 0 : 1)),
  };
  const { "meta.height": height, ...lane } = layout.meta.slope[on.has("slope") ? "on" : "off"];
  /** @type {[string, boolean][]} */
  const notes = layout.annotations.flatMap((/** @type {*} */ note, /** @type {number} */ i) =>
    note.name ? [[`annotations[${i}].visible`, on.has(note.name)]] : [],
  );
  return { traces, style, layout: { ...lane, ...Object.fromEntries(notes) }, height };
}

/**
 * Show in a drawn figure what the switches say; an answer may be of a question before the last.
 *
 * @param {string} page
 * @param {*} plot
 */
export function apply(page, plot) {
  const every = switches(page);
  if (!every.length || !plot.layout?.meta?.indicators) return;
  const wanted = change(plot, new Set(every.filter(isPressed).map(nameOf)));
  if (!wanted) return;
  plot.layout.meta = { ...plot.layout.meta, height: wanted.height };
  const { traces, style, layout } = wanted;
  /** @type {*} */ (window).Plotly.update(plot, style, layout, traces);
}

/** @param {string} number @returns {string} with its sign, unless it is 0 */
const signed = (number) => (/[1-9]/.test(number) && /^\d/.test(number) ? "+" + number : number);

/** @param {Trace | undefined} trace @param {number} at @returns {string} what it says beside */
const beside = (trace, at) => (trace ? text(trace, at, true) : "");

/**
 * @param {string} name of an indicator
 * @param {Parts} parts of the tag
 * @param {number} at [ms of the displayed clock]
 * @param {Label} label
 * @param {string} unit of the tag
 * @returns {Said}
 */
export function told(name, parts, at, { of }, unit) {
  if (name === "bollinger") {
    const [low, high] = [text(parts.lower, at), text(parts.upper, at)];
    return { value: low && high && `${low} – ${high}`, of, more: beside(parts.middle, at) };
  }
  if (name === "slope") {
    const more = beside(parts.slope, at);
    const rest = [`${unit || "1"}/h`, more && `R² ${more}`, of].filter(Boolean).join(" · ");
    return { value: signed(text(parts.slope, at)), of: rest, more };
  }
  return name === RAW
    ? { value: text(parts.line, at), of: unit, more: "" }
    : { value: text(parts[name], at), of, more: "" };
}

/** @param {Element} node @param {string} place @param {string} words */
function write(node, place, words) {
  const found = node.querySelector(place);
  if (found && found.textContent !== words) found.textContent = words;
}

/**
 * Write in the switches what each indicator is of, and its value at a moment.
 *
 * @param {string} page
 * @param {*} plot
 * @param {number | undefined} at [ms of the displayed clock]; without one there is no value
 */
export function fill(page, plot, at) {
  const { indicators, unit = "" } = plot.layout?.meta || {};
  if (!indicators) return;
  const parts = partsOf(plot).values().next().value || {};
  for (const node of switches(page)) {
    const name = nameOf(node);
    const line = told(name, parts, at ?? NaN, indicators[name], unit);
    fillOne(node, indicators[name], line);
    define(page, name, indicators[name], line);
  }
}

/** @param {string} page @param {string} name @param {Label} label @param {Said} line */
function define(page, name, label, line) {
  const about = document.getElementById(`${page}-about-${name}`);
  if (!about) return;
  write(about, ".define__title b", label.text);
  write(about, ".define__more", line.more || NOTHING);
}

/** @param {HTMLElement} node @param {Label} label @param {Said} line */
function fillOne(node, label, { value, of }) {
  const isOn = isPressed(node);
  node.title = label.text;
  write(node, ".toggle__name", label.name);
  write(node, ".toggle__width", nameOf(node) === RAW ? "" : `= ${label.width}`);
  write(node, ".toggle__value", isOn ? value || NOTHING : "");
  write(node, ".toggle__of", isOn ? of : label.of);
}

/**
 * @param {string} page
 * @returns {string[]} the legend in words, of what is seen: a picture has no switches
 */
export function words(page) {
  /** @type {*} */
  const plot = document.querySelector(`#${page}-chart .js-plotly-plot`);
  const labels = plot?.layout?.meta?.indicators || {};
  const seen = switches(page).filter((node) => isPressed(node) && labels[nameOf(node)]);
  return seen.map((node) => `${labels[nameOf(node)].glyph} ${labels[nameOf(node)].text}`);
}

/** @param {HTMLElement} node a switch that was pressed @param {session.Session} mine */
function turn(node, { page, shown, refused }) {
  node.setAttribute("aria-pressed", String(!isPressed(node)));
  inAddress = said(
    switches(page).map((each) => ({
      name: nameOf(each),
      isOn: isPressed(each),
      isUsual: each.dataset.usual === "true",
    })),
  );
  const address = new URL(window.location.href);
  if (inAddress) address.searchParams.set("indicators", inAddress);
  else address.searchParams.delete("indicators");
  history.write(address.href, false);
  // An address that was refused for its indicators has no figure to show them in.
  if (refused || !shown) session.send("tick");
  const plot = document.querySelector(`#${page}-chart .js-plotly-plot`);
  if (plot) apply(page, plot);
}

/**
 * Listen while the page is open.
 *
 * @param {function(): void} tell writes values into the switches
 */
export function listen(tell) {
  document.addEventListener("click", ({ target }) => {
    const node = target instanceof Element ? target.closest("[data-indicator]") : null;
    const mine = session.current();
    if (!(node instanceof HTMLElement) || !mine) return;
    turn(node, mine);
    tell();
  });
}
