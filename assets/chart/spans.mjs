/**
 * Stretches of time over a chart: what is selected, and when the points were that are marked among
 * the pairs. They lie over the drawing, so the chart is not drawn anew for them.
 */

/** @typedef {{ start: number, stop: number }} Span [ms of the displayed clock] */

/** What lies over the chart, by the name of its class. @type {Map<string, Span[]>} */
const every = new Map();

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
    const there = spans.map((span) => bounds(axis, span)).filter(([from, to]) => from < to);
    const nodes = [...chart.querySelectorAll(`:scope > .${name}`)];
    for (const extra of nodes.slice(there.length)) extra.remove();
    there.forEach(([from, to], index) => {
      const node = nodes[index] || chart.appendChild(document.createElement("div"));
      node.className = name;
      node.style.setProperty("--at", `${axis._offset + from}px`);
      node.style.setProperty("--wide", `${Math.max(to - from, 1)}px`);
      node.style.setProperty("--top", `${size.t}px`);
      node.style.setProperty("--height", `${size.h}px`);
    });
  }
}

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
