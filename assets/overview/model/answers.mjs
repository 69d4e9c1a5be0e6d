/** Questions about one tag, and their answers. */

/** @import { Page } from "../../types.mjs" */

/** Milliseconds that details may take. */
const PATIENCE = 15000;

/**
 * @param {Page} page
 * @param {string} tag
 * @param {"reading" | "details"} route
 * @param {AbortController} [abort]
 * @returns {Promise<*>} what the server knows of one tag; given up when it takes too long
 */
export async function answerOf(page, tag, route, abort = new AbortController()) {
  const alarm = window.setTimeout(() => abort.abort(), PATIENCE);
  try {
    const query = new URLSearchParams({ tag });
    const options = { cache: /** @type {const} */ ("no-store"), signal: abort.signal };
    const response = await window.fetch(page.root.dataset[route] + "?" + query, options);
    return await response.json();
  } finally {
    window.clearTimeout(alarm);
  }
}

/**
 * @param {*} error
 * @returns {boolean} whether no answer came, or none in JSON; any other error is ours
 */
export function unanswered(error) {
  return (
    error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException
  );
}
