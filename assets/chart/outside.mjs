/** Excursions in a chart: bars at the top of the lanes, and the file of those that are listed. */
import { root } from "../dash.mjs";
import * as cursor from "./cursor.mjs";
import * as spans from "./spans.mjs";
import * as url from "./url.mjs";

/** @import { Shown } from "./types.mjs" */

/** @typedef {{ tag: string, start: number, stop: number, critical: boolean }} Bar */

/**
 * Draw the bars of a chart; those before are gone.
 *
 * @param {Bar[]} bars
 */
export function show(bars) {
  for (const critical of [false, true]) {
    const name = critical ? "chart__outside chart__outside--critical" : "chart__outside";
    const some = bars.filter((bar) => bar.critical === critical);
    spans.show(cursor.chart(), name, some);
  }
}

/**
 * Let the link lead to the excursions that are listed, as a file.
 *
 * @param {string} page
 * @param {Shown} shown
 * @param {string | null} select the stretch that is selected
 */
export function link(page, shown, select) {
  const place = document.getElementById(`${page}-excursions-csv`);
  const { tag, tz } = shown.query;
  const [start, stop] = select ? select.split("/") : [shown.start, shown.stop];
  const query = url.query({ tag, start, stop, tz });
  place?.setAttribute("href", `${root()}api/v1/excursions.csv?${query}`);
}
