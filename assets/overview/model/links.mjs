/** Addresses of other pages, and the way there without a new document. */

/** @import { Model } from "../../types.mjs" */

/**
 * @param {Model} model
 * @param {string} tag
 * @returns {string} address of the trend of one tag
 */
export function trendHref(model, tag) {
  return model.trend + "?" + new URLSearchParams({ tag });
}

/**
 * Open a page of the app as dcc.Link does: a new address, no new document.
 *
 * @param {string} href
 */
export function go(href) {
  window.history.pushState({}, "", href);
  window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  window.scrollTo(0, 0);
}
