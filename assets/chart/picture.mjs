/**
 * A chart as a picture that can stand alone: with plant, tags, window, zone, limits and the moment
 * in it; and on paper, as wide as the sheet.
 */
import { t } from "../messages.mjs";
import * as indicators from "./indicators.mjs";
import * as outside from "./outside.mjs";
import * as popover from "./popover.mjs";
import * as session from "./session.mjs";
import { iso } from "./times.mjs";

/** Width of the chart on A4 between its margins, at 96 pixels an inch [px]. */
const PAPER = 680;
/** Share of the paper that axes beside one another take at most. */
const MOST_OF_AXES = 0.6;
/** Room of a tick of the time axis, with its date below [px]. */
const TICK = 110;
/** Pixels of a line of text in a picture, its size, and the room around the lines. */
const [LINE, SIZE, ROOM] = [17, 12, 14];
/** Lines of plant and tags at most: the tags stand below once more, each whole. */
const TITLE_LINES = 3;
/** How much finer than the screen a PNG is. */
const SCALE = 2;

/**
 * What a picture says of itself.
 *
 * @typedef {object} Told
 * @property {string} name of the file, without its ending
 * @property {string} title plant and tags, perhaps in lines
 * @property {string[]} above window, zone, source, and what each indicator is
 * @property {string[]} below limits, a line a tag
 */

/** @param {string} page @returns {*} plotly's element, null before a chart is drawn */
const plotOf = (page) => document.querySelector(`#${page}-chart .js-plotly-plot`);

/**
 * @param {*} plot
 * @returns {{ t: number, b: number, l: number, r: number }} around its lanes, as plotly laid it out
 */
function roomOf({ _fullLayout: { _size: size } }) {
  return { t: size.t, b: size.b, l: size.l, r: size.r };
}

/** @returns {*} */
const plotly = () => /** @type {*} */ (window).Plotly;

/**
 * @param {string} page
 * @returns {Told | null} what the sheet of the answer says; null before there is one
 */
function toldOf(page) {
  const plant = document.querySelector(`#${page}-sheet .sheet__plant`);
  if (!(plant instanceof HTMLElement)) return null;
  const { name = "", title = "", facts = "", limits = "" } = plant.dataset;
  const above = [...facts.split("\n"), ...indicators.words(page)];
  return { name, title, above, below: limits.split("\n") };
}

/**
 * @param {string} text
 * @returns {string} the same, in which plotly finds no markup
 */
const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/**
 * A text in lines that are not wider than there is room: broken at blanks, else within a word.
 *
 * @param {string} text
 * @param {number} room [px]
 * @param {function(string): number} widthOf a text [px]
 * @returns {string[]}
 */
export function wrapped(text, room, widthOf) {
  const lines = [""];
  const add = (/** @type {string} */ part) => {
    const last = lines[lines.length - 1];
    const fits = widthOf((last + part).trimEnd()) <= room;
    if (fits) lines[lines.length - 1] = last + part;
    else lines.push(part.trimStart());
    return fits;
  };
  for (const word of text.split(/(?<= )/)) {
    if (widthOf(word.trimEnd()) <= room) add(word);
    else for (const sign of word) add(sign);
  }
  return lines.map((line) => line.trimEnd()).filter(Boolean);
}

/**
 * What a picture says, in lines that it has room for. Of a long title the end is left out.
 *
 * @param {Told} told
 * @param {number} room [px]
 * @param {function(string, boolean): number} widthOf a text, perhaps bold [px]
 * @returns {Told}
 */
export function fitted(told, room, widthOf) {
  const lines = (/** @type {string} */ text) => wrapped(text, room, (each) => widthOf(each, false));
  const bold = (/** @type {string} */ text) => widthOf(text, true);
  const title = wrapped(told.title, room, bold);
  if (title.length > TITLE_LINES) {
    const signs = [...title[TITLE_LINES - 1]];
    while (signs.length && bold(signs.join("") + "…") > room) signs.pop();
    title.splice(TITLE_LINES - 1, title.length, signs.join("") + "…");
  }
  const [above, below] = [told.above, told.below].map((texts) => texts.flatMap(lines));
  return { ...told, title: title.join("\n"), above, below };
}

/** @param {*} plot @returns {function(string, boolean): number} measures a text of a picture */
function measuring(plot) {
  const context = document.createElement("canvas").getContext("2d");
  return (text, isBold) => {
    if (!context) return 0;
    context.font = `${isBold ? "bold " : ""}${SIZE}px ${plot._fullLayout.font.family}`;
    return context.measureText(text).width;
  };
}

/**
 * The layout of a picture: that of the chart, with lines of text above and below it.
 *
 * @param {*} layout plotly's, of the chart
 * @param {{ t: number, b: number, l: number, r: number }} room around the lanes of the chart [px]
 * @param {number} height of the chart [px]
 * @param {Told} told
 * @param {string} moment when it was drawn, in words
 * @param {{ surface: string, ink: string }} colours
 * @returns {*}
 */
export function withText(layout, room, height, told, moment, { surface, ink }) {
  const title = told.title.split("\n").map((line) => `<b>${plain(line)}</b>`);
  const above = [...title, ...told.above.map(plain)];
  const below = [...told.below, moment].map(plain);
  const [top, bottom] = [above, below].map((lines) => lines.length * LINE + ROOM);
  const margin = { ...room, t: room.t + top, b: room.b + bottom, autoexpand: false };
  const place = { xref: "paper", yref: "paper", x: 0, xanchor: "left", align: "left" };
  const font = { size: SIZE, color: ink };
  /** @type {(lines: string[], more: object) => object} */
  const note = (lines, more) => ({
    ...place,
    ...more,
    text: lines.join("<br>"),
    showarrow: false,
    font,
  });
  const notes = [
    note(above, { y: 1, yanchor: "bottom", yshift: room.t }),
    note(below, { y: 0, yanchor: "top", yshift: -room.b }),
  ];
  return {
    ...layout,
    margin,
    height: height + top + bottom,
    paper_bgcolor: surface,
    plot_bgcolor: surface,
    annotations: [...(layout.annotations || []), ...notes],
  };
}

/** @param {string} name @returns {string} a colour of the page by the name of its token */
const colour = (name) =>
  getComputedStyle(document.documentElement)
    .getPropertyValue("--" + name)
    .trim();

/** @returns {string} when what is shown was answered, by the database and the displayed clock */
function moment() {
  const shown = session.current()?.shown;
  return shown ? iso(Date.parse(shown.now), shown.offset, false).replace("T", " ") : "";
}

/**
 * @param {string} page
 * @param {"png" | "svg"} format
 */
async function save(page, format) {
  const [plot, told] = [plotOf(page), toldOf(page)];
  if (!plot || !told) return;
  const { width, height } = plot.getBoundingClientRect();
  const inks = { surface: colour("surface"), ink: colour("ink") };
  const around = roomOf(plot);
  const lines = fitted(told, width - around.l - ROOM, measuring(plot));
  const drawn = t("Ksys, drawn %(moment)s", { moment: moment() });
  const layout = withText(plot.layout, around, height, lines, drawn, inks);
  layout.shapes = [...(layout.shapes || []), ...outside.shapes(plot, colour)];
  layout.annotations = [...layout.annotations, ...outside.marks(plot, colour("ink"))];
  const size = { width: Math.round(width), height: Math.round(layout.height), format };
  const figure = { data: plot.data, layout };
  const scale = format === "png" ? SCALE : 1;
  const link = document.createElement("a");
  link.href = await plotly().toImage(figure, { ...size, scale });
  link.download = told.name + "." + format;
  link.click();
}

/** Lists under a chart that paper has open. */
const LISTS = "details.gaps, details.events-list";

/**
 * @typedef {object} Undressed
 * @property {*} plot
 * @property {*} layout
 * @property {Element[]} shut
 * @property {function(): void} back
 */
/** @type {Undressed | null} what a chart was before it was printed */
let before = null;

/** By what names shares of a chart's width stand: in a domain, of an axis, of what is drawn. */
const SHARES = [0, "position", "x", "x0", "x1"];

/**
 * Axes that stand side by side have the room of their numbers in shares of the chart's width: on
 * paper, which is narrower, the numbers of one stood on those of the next.
 *
 * @param {*} plot
 * @returns {function(): void} moves them back
 */
function moveAxes({ layout, _fullLayout: { _size: size, width } }) {
  const [from] = layout.xaxis.domain ?? [0];
  if (!from) return () => {};
  const left = Math.min(MOST_OF_AXES, (from * size.w) / (size.w + PAPER - width));
  /** @param {number} x */
  const moved = (x) => (x <= from ? (x * left) / from : 1 - ((1 - x) * (1 - left)) / (1 - from));
  const axes = Object.keys(layout).filter((key) => key.startsWith("yaxis"));
  const drawn = [...layout.annotations, ...layout.shapes].filter(({ xref }) => xref === "paper");
  const holders = [layout.xaxis.domain, ...axes.map((key) => layout[key]), ...drawn];
  const places = holders
    .flatMap((holder) => SHARES.map((key) => ({ holder, key, share: holder[key] })))
    .filter(({ share }) => typeof share === "number");
  for (const { holder, key, share } of places) holder[key] = moved(share);
  return () => places.forEach(({ holder, key, share }) => (holder[key] = share));
}

/** Make the chart as wide as the paper, and open the lists of gaps and events. */
function dress() {
  const mine = session.current();
  const plot = mine && plotOf(mine.page);
  if (!mine || !plot || before) return;
  for (const place of document.querySelectorAll(".sheet__moment")) place.textContent = moment();
  const shut = [...document.querySelectorAll(LISTS)].filter((list) => !list.hasAttribute("open"));
  const { width, autosize, xaxis } = plot.layout;
  const { nticks } = xaxis;
  before = { plot, layout: { width, autosize, nticks }, shut, back: moveAxes(plot) };
  for (const list of shut) list.setAttribute("open", "");
  // Told to `relayout` with the width, the ticks would keep the width from changing.
  xaxis.nticks = Math.min(nticks, Math.floor(PAPER / TICK));
  plotly().relayout(plot, { width: PAPER, autosize: false });
}

/** Make the chart as wide as the screen again. */
function undress() {
  if (!before) return;
  const { plot, layout, shut, back } = before;
  before = null;
  back();
  for (const list of shut) list.removeAttribute("open");
  plot.layout.xaxis.nticks = layout.nticks;
  plotly().relayout(plot, { width: layout.width ?? null, autosize: layout.autosize ?? true });
}

/** Listen while the page is open. */
export function listen() {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-picture]") : null;
    const mine = session.current();
    if (!(button instanceof HTMLElement) || !mine) return;
    popover.close();
    const { picture } = button.dataset;
    if (picture === "print") window.print();
    else if (picture === "png" || picture === "svg") save(mine.page, picture);
  });
  window.addEventListener("beforeprint", dress);
  window.addEventListener("afterprint", undress);
}
