/** Brings the page into the order that was chosen, with all that says how much there is. */
import { keep } from "./model/address.mjs";
import * as kiosk from "./kiosk/kiosk.mjs";
import * as browserTab from "./view/browser-tab.mjs";
import * as filter from "./view/filter.mjs";
import * as keys from "./view/keys.mjs";
import * as notices from "./view/notices.mjs";
import * as pins from "./view/pins.mjs";
import * as strip from "./view/strip.mjs";

/** @import { Page } from "../types.mjs" */

/**
 * Bring cards into order, and counts and choices up to date.
 *
 * @param {Page} page
 */
export function arrange(page) {
  const { model, view } = page;
  if (!model.version) return;
  page.shown = page.board.arrange(view);
  const counted = strip.counted(model, view);
  strip.paintCounts(page.strip, model, view, counted);
  filter.paint(page, counted.count, counted.all);
  strip.paintChoices(page.strip, view);
  keys.rove(page);
  pins.paint(page);
  notices.paint(page);
  browserTab.paint(page);
  kiosk.fit(page);
}

/**
 * Something was chosen: order anew, paint, and put it into the address.
 *
 * @param {Page} page
 */
export function chosen(page) {
  arrange(page);
  if (page.model.seq) page.board.painter.paint();
  keep(page.view);
}

/**
 * Tell of tags that changed their state: to the ear, and on a wall screen to the eye.
 *
 * @param {Page} page
 * @param {number[]} turned
 */
export function announce(page, turned) {
  notices.announce(page, turned);
  if (turned.length) kiosk.alarmed(page, turned);
}
