/** The period before, as a figure tells it: both windows over a chart, its columns in the rows. */
import { eachRow } from "./legend.mjs";

/**
 * @param {string} id
 * @param {string} text
 */
function say(id, text) {
  const place = document.getElementById(id);
  if (place && place.textContent !== text) place.textContent = text;
}

/**
 * Show what a figure says of its comparison; without one the columns and both windows are hidden.
 *
 * @param {string} page
 * @param {*} plot
 */
export function show(page, plot) {
  const told = plot.layout?.meta?.compared;
  document.querySelector(`.page--${page}`)?.classList.toggle("is-compared", Boolean(told));
  if (!told) return;
  eachRow(page, (row) =>
    row.querySelector(".legend__before")?.setAttribute("data-word", told.word),
  );
  say(`${page}-before-word`, told.word);
  say(`${page}-compared-here`, told.here);
  say(`${page}-compared-there`, `${told.there} · ${told.tag}`);
}
