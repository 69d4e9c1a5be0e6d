/**
 * Stretches of time over a chart: what is selected, and when the points were that are marked among
 * the pairs. They lie over the drawing, so the chart is not drawn anew for them.
 */

/**
 * @typedef {object} Span
 * @property {number} start [ms of the displayed clock]
 * @property {number} stop
 * @property {string} [tag] it lies at the top of the lane of this tag, not over all lanes
 * @property {string} [mark] that of the tag, which says whose it is where a lane has several
 */

/** Where tags share a lane, those that have something there stand so far below one another [px]. */
const ROW = 11;
/** What the mark of a tag needs left of a stretch [px]. */
const MARK = 11;

/** What lies over the chart of the page, by the name of its class. @type {Map<string, Span[]>} */
const every = new Map();

/** Another page comes up: nothing of the one before lies over its chart. */
export const begin = () => every.clear();

/**
 * Say what lies over a chart under a name; nothing takes it away.
 *
 * @param {*} plot plotly's element
 * @param {string} name of the class
 * @param {Span[]} spans
 */
export function show(plot, name, spans) {
  every.set(name, spans);
  if (plot) place(plot);
}

/** @param {string} name of the class @returns {Span[]} what lies over the chart under it */
export const shown = (name) => every.get(name) || [];

/**
 * Put all stretches where they are on the axis as it is now.
 *
 * @param {*} plot
 */
export function place(plot) {
  const axis = plot._fullLayout?.xaxis;
  const chart = plot.closest(".chart");
  if (!axis?.l2p || !chart) return;
  const size = plot._fullLayout._size;
  for (const [name, spans] of every) {
    const there = spans.filter((span) => isSeen(plot, span));
    const nodes = [...chart.children].filter((node) => node.className === name);
    for (const extra of nodes.slice(there.length)) extra.remove();
    there.forEach((span, index) => {
      const [from, to] = bounds(axis, span);
      const { mark, down } = beside(plot, span);
      /** @type {*} */
      const node = nodes[index] || chart.appendChild(document.createElement("div"));
      node.className = name;
      node.style.setProperty("--at", `${axis._offset + from}px`);
      node.style.setProperty("--wide", `${Math.max(to - from, 1)}px`);
      node.style.setProperty("--top", `${size.t + size.h * above(plot, span) + down}px`);
      node.dataset.mark = mark;
      node.dataset.side = beginning(plot, span).inside ? "inside" : "before";
      node.style.setProperty("--height", `${size.h}px`);
    });
  }
}

/** @param {*} plot @param {*} line @returns {*} the axis it stands on */
const axisOf = (plot, line) => plot._fullLayout[line.yaxis.replace("y", "yaxis")];

/** @param {*} plot @returns {*[]} the lines of its tags */
const linesOf = (plot) =>
  (plot._fullData || []).filter((/** @type {*} */ { meta }) => meta?.part === "line");

/** @param {*} plot @param {string} tag @returns {*} the axis of its line; undefined without one */
export function laneOf(plot, tag) {
  const line = linesOf(plot).find(({ meta }) => meta.tag === tag);
  return line && axisOf(plot, line);
}

/**
 * @param {*} plot
 * @param {Span} span
 * @returns {{ mark: string, down: number }} the mark that it needs, as other lines share its lane;
 *   and how far below the top it stands [px], so that it hides none of another tag
 */
export function beside(plot, { tag, mark = "" }) {
  if (tag === undefined) return { mark: "", down: 0 };
  const top = laneOf(plot, tag).domain[1];
  const lines = linesOf(plot).filter((line) => axisOf(plot, line).domain[1] === top);
  if (lines.length < 2) return { mark: "", down: 0 };
  const here = new Set([...every.values()].flat().map((span) => span.tag));
  const rows = lines.map(({ meta }) => meta.tag).filter((each) => here.has(each));
  return { mark, down: ROW * rows.indexOf(tag) };
}

/**
 * @param {*} plot
 * @param {Span} span
 * @returns {{ from: number, inside: boolean }} where it begins to be seen, share of the chart's
 *   width, and whether left of that is no room for a mark
 */
export function beginning(plot, span) {
  const axis = plot._fullLayout.xaxis;
  const [from] = bounds(axis, span);
  return { from: from / axis._length, inside: from < MARK };
}

/** @param {*} plot @param {Span} span @returns {boolean} whether any of it lies in the chart */
function isSeen(plot, span) {
  const [from, to] = bounds(plot._fullLayout.xaxis, span);
  return from < to && (span.tag === undefined || Boolean(laneOf(plot, span.tag)));
}

/** @param {*} plot @param {Span} span @returns {number} how far down it begins, share of all */
const above = (plot, { tag }) => (tag === undefined ? 0 : 1 - laneOf(plot, tag).domain[1]);

/**
 * @param {*} axis
 * @param {Span} span
 * @returns {[number, number]} where it is seen [px]; a moment is as wide as a line
 */
function bounds(axis, { start, stop }) {
  // l2p, not r2p: that takes a number for an instant and adds the offset of the browser's own zone.
  const [from, to] = [axis.l2p(start), Math.max(axis.l2p(stop), axis.l2p(start) + 1)];
  return [Math.max(from, 0), Math.min(to, axis._length)];
}
