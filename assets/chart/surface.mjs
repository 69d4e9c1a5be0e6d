/** What trend and tech look like: the width of the chart, rows of buttons, the table. */
import { setProps } from "../clock.mjs";
import { OFFSET } from "./times.mjs";

/**
 * @param {string} page
 * @returns {boolean} whether it is there still
 */
export function isThere(page) {
  return ["chips", "chart"].some((part) => document.getElementById(`${page}-${part}`) !== null);
}

/**
 * @param {string} page
 * @returns {number} width of the chart in pixels, to the next 50 so that equal views share
 */
export function width(page) {
  const chart = document.getElementById(page + "-chart") || document.querySelector(".page");
  const pixels = chart && chart.clientWidth ? chart.clientWidth : window.innerWidth;
  return Math.max(200, Math.round(pixels / 50) * 50);
}

/** @returns {string} */
export function theme() {
  return document.documentElement.dataset.theme || "light";
}

/** Scroll each row of buttons, not the page, until the chosen one is seen. */
export function showChoices() {
  for (const choice of document.querySelectorAll(".segs .selected")) {
    const row = choice.parentElement;
    if (!row || !(choice instanceof HTMLElement) || row.scrollWidth <= row.clientWidth) continue;
    row.scrollLeft = choice.offsetLeft - (row.clientWidth - choice.offsetWidth) / 2;
  }
}

/** dcc.RadioItems takes no aria-label: its list is named by the legend around it. */
export function nameChoices() {
  const lists = document.querySelectorAll(".segs-group [role='listbox']:not([aria-label])");
  for (const list of lists) {
    const legend = list.closest("fieldset")?.querySelector("legend");
    list.setAttribute("aria-label", legend?.textContent || "");
  }
}

/**
 * Say in the page's own element what its controls hide or show by.
 *
 * @param {string} page
 * @param {boolean} zoomed
 * @param {boolean} answered
 */
export function mark(page, zoomed, answered) {
  const root = document.querySelector(".page--" + page);
  if (!root) return;
  root.classList.toggle("is-zoomed", zoomed);
  root.classList.toggle("has-answer", answered);
}

/**
 * What is shown looks old, or no longer.
 *
 * @param {string} page
 * @param {boolean} old whether the chart is
 * @param {boolean} silent whether nobody answers, so that the newest readings are old too
 */
export function age(page, old, silent) {
  const root = document.querySelector(".page--" + page);
  root?.classList.toggle("is-old", old);
  root?.classList.toggle("is-silent", silent);
}

/**
 * A question goes out: what stands beside the chart may be of another one for a while.
 *
 * @param {string} page
 * @param {boolean} again whether it is the same question
 */
export function ask(page, again) {
  const root = document.querySelector(".page--" + page);
  root?.classList.toggle("is-elsewhere", !again);
  if (!again) root?.classList.remove("is-answered");
}

/** What stands beside a chart and is told after it, and says so while it is. */
const TOLD = '[id$="-telling"].is-telling';

/** @param {string} page @returns {boolean} whether any of it is of a chart before */
export const isTelling = (page) => document.querySelector(`[id^="${page}-"]${TOLD}`) !== null;

/** The answer to what was asked last is there. @param {string} page */
export function answer(page) {
  document.querySelector(".page--" + page)?.classList.add("is-answered");
}

/** Charts that know already what to do on a double click. @type {WeakSet<object>} */
const wired = new WeakSet();

/**
 * Let a double click on the chart be known, once for each chart.
 *
 * @param {string} page
 * @param {function(): void} deed
 */
export function onDoubleClick(page, deed) {
  /** @type {*} plotly adds `on` to its element */
  const plot = document.querySelector(`#${page}-chart .js-plotly-plot`);
  if (!plot || !plot.on || wired.has(plot)) return;
  wired.add(plot);
  plot.on("plotly_doubleclick", deed);
}

/**
 * A cell whose value stays is told of it all the same, and React keeps each such message until the
 * cell is drawn for another reason: 37 kB a refresh, for ever. So rows are drawn anew now and then.
 */
const REDRAWN = 10;
let refreshes = 0;

/**
 * @param {HTMLElement} grid
 * @returns {boolean} whether the viewer has the focus in it, or is marking some of it to copy
 */
function isHeld(grid) {
  const marked = document.getSelection();
  const marking = marked !== null && !marked.isCollapsed && grid.contains(marked.anchorNode);
  return marking || grid.contains(document.activeElement);
}

/** @import { Shown } from "./types.mjs" */

/**
 * A table that is to come has no node while the rest of its script is on the way: whether the page
 * is still there, its chart tells.
 *
 * @param {string} page
 * @returns {Promise<*>} the API of its table of rows; null where there is none, or no more
 */
async function tableOf(page) {
  const grids = /** @type {*} */ (window).dash_ag_grid;
  if (!grids || !document.getElementById(page + "-chart")) return null;
  const api = await grids.getApiAsync(page + "-rows");
  return api.isDestroyed() ? null : api;
}

/**
 * The table shows the rows of the chart: what it holds is asked for again.
 *
 * @param {string} page
 */
export async function refreshRows(page) {
  const api = await tableOf(page);
  const grid = document.getElementById(page + "-rows");
  if (!api || !grid) return;
  refreshes += 1;
  if (refreshes >= REDRAWN && !isHeld(grid)) {
    refreshes = 0;
    api.redrawRows();
  }
  api.refreshInfiniteCache();
}

/**
 * Let a table go on whose rows never came: it waits for them, and asks for no others meanwhile.
 *
 * @param {string} page
 */
export async function renewRows(page) {
  if (!document.querySelector(`#${page}-rows-telling.is-telling`)) return;
  const api = await tableOf(page);
  if (!api) return;
  const nothing = { rowData: [], rowCount: api.getDisplayedRowCount() };
  setProps(page + "-rows", { getRowsResponse: nothing });
  api.refreshInfiniteCache();
}

/**
 * Which columns a table has: single readings have one value, buckets a number of each, and either
 * what it is compared with.
 *
 * @param {Shown} shown
 * @returns {[boolean, string[]][]} whether they are seen, and which
 */
const columnsOf = ({ singly, query }) => [
  [!isNarrow(), ["no"]],
  [singly, ["value"]],
  [!singly, ["avg", "min", "max", "last", "first", "n", "share"]],
  [Boolean(query.compare), ["compare_time", "compare_delta"]],
  [Boolean(query.compare) && singly, ["compare_value"]],
  [
    Boolean(query.compare) && !singly,
    ["avg", "min", "max", "last"].map((name) => "compare_" + name),
  ],
];

/** Widths of the column of tags: on a phone, else at least and at most, and of a letter [px]. */
const TAGS = { narrow: 72, wide: 120, most: 280, letter: 9 };

/** Tables -> how wide their column of tags was made. @type {WeakMap<object, number>} */
const fitted = new WeakMap();

/**
 * @param {Shown | undefined} shown
 * @returns {number} how wide the column of tags is to be [px]
 */
function widthOfTags(shown) {
  if (isNarrow()) return TAGS.narrow;
  const longest = Math.max(0, ...(shown?.tags ?? []).map((name) => name.length));
  return Math.min(TAGS.most, Math.max(TAGS.wide, (longest + 2) * TAGS.letter));
}

/** @returns {boolean} whether it is a phone, in which a table shows its first columns */
export const isNarrow = () => window.matchMedia("(max-width: 700px)").matches;

/** Tables -> the answer whose rows they show. @type {WeakMap<object, Shown>} */
const answers = new WeakMap();

/**
 * The table has the columns of its rows. The grid may get its columns after its first rows, and
 * they are all as they were then.
 *
 * @param {string} page
 * @param {Shown} shown
 */
export async function showColumns(page, shown) {
  const api = await tableOf(page);
  if (!api) return;
  // Its columns may come after it, and no further answer after them.
  if (!answers.has(api)) {
    api.addEventListener("newColumnsLoaded", () => show(api));
    api.addEventListener("modelUpdated", () => fit(api));
  }
  const before = answers.get(api);
  answers.set(api, shown);
  show(api);
  if (before?.changes !== shown.changes) rewrite(api);
}

/**
 * Rows that came before the answer, or of another one, have times written another way.
 *
 * @param {*} api of a table
 */
function rewrite(api) {
  if (!isNarrow() || !api.getColumn("time")) return;
  api.refreshCells({ columns: ["time"], force: true });
  fit(api);
}

/**
 * The column of tags has the room of its names; on a phone the first number stands beside its time:
 * what is before it is no wider than need be.
 *
 * @param {*} api of a table, whose rows are there
 */
function fit(api) {
  const width = widthOfTags(answers.get(api));
  const tag = api.getColumn("tag");
  if (!tag) return;
  const before = tag.getActualWidth();
  // Who has made it wider by hand has a reason.
  const isOurs = [TAGS.narrow, TAGS.wide, fitted.get(api)].includes(before);
  if (isOurs && before !== width) api.setColumnWidths([{ key: "tag", newWidth: width }]);
  if (isOurs) fitted.set(api, width);
  if (isNarrow()) api.autoSizeColumns(["time"]);
}

/**
 * @param {{ api: *, value?: string }} cell
 * @returns {string} its time; on a phone without the offset that all have, and a chip tells
 */
export function time({ api, value = "" }) {
  const isSame = answers.get(api)?.changes === false;
  return isSame && isNarrow() ? value.slice(0, -OFFSET) : value;
}

/** @param {*} api of a table */
function show(api) {
  const shown = answers.get(api);
  if (!shown || !api.getColumn("time")) return;
  for (const [isSeen, names] of columnsOf(shown)) {
    const others = names.filter((name) => api.getColumn(name)?.isVisible() === !isSeen);
    if (!others.length) continue;
    api.setColumnsVisible(others, isSeen);
    if (!isSeen) forget(api, others);
  }
}

/**
 * Rows are sorted and filtered by nothing that cannot be seen, nor undone.
 *
 * @param {*} api of the grid
 * @param {string[]} hidden its columns that have gone
 */
function forget(api, hidden) {
  api.applyColumnState({ state: hidden.map((colId) => ({ colId, sort: null })) });
  const filters = Object.entries(api.getFilterModel());
  const kept = filters.filter(([name]) => !hidden.includes(name));
  if (kept.length < filters.length) api.setFilterModel(Object.fromEntries(kept));
}

/** Let a button unfold on a phone the controls that have no room there. */
export function unfolds() {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest(".strip__more") : null;
    const unfolded = button?.closest(".page")?.classList.toggle("is-unfolded");
    button?.setAttribute("aria-expanded", String(unfolded));
  });
}
