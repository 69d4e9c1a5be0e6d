/** The browser's tab: its title counts what is CRITICAL, its icon differs where there is some. */

/** @import { Page } from "../../types.mjs" */

const COUNT = /^\(\d+\) /;
const ICONS = { calm: "logo.svg", critical: "logo-critical.svg" };

/** @returns {string} the title without a count */
const plain = () => document.title.replace(COUNT, "");

/** @param {string} name of a file of `assets/` */
function icon(name) {
  const link = document.querySelector('link[rel="icon"]');
  const href = (document.documentElement.dataset.assets || "") + name;
  if (link && link.getAttribute("href") !== href) link.setAttribute("href", href);
}

/**
 * Say how many tags are CRITICAL by their badge: one that is held counts, "STALE, was CRITICAL"
 * does not.
 *
 * @param {Page} page
 */
export function paint({ model }) {
  const critical = model.code.CRITICAL;
  let count = 0;
  for (let i = 0; i < model.n; i++) if (model.shown[i] === critical) count += 1;
  const title = (count ? "(" + count + ") " : "") + plain();
  if (document.title !== title) document.title = title;
  icon(count ? ICONS.critical : ICONS.calm);
}

/** The page is left: no other page counts. */
export function restore() {
  if (COUNT.test(document.title)) document.title = plain();
  icon(ICONS.calm);
}
