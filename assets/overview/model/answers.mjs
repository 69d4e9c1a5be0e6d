/** Questions to the routes of the overview, and their answers. */

/** @import { Page } from "../../types.mjs" */
/** @typedef {"tags" | "frame" | "sparklines" | "reading" | "details"} Route */

/** Milliseconds that details may take. */
const PATIENCE = 15000;

/**
 * @param {HTMLElement} root
 * @param {Route} route
 * @returns {string} its address, as the page tells it
 */
const address = (root, route) => root.dataset[route] || "";

/**
 * @param {HTMLElement} root
 * @param {Route} route
 * @param {AbortSignal} signal
 * @param {string} version of the tags that are known or wanted: a worker that is late catches up
 * @returns {Promise<{ body: *, kept: number, asked: number }>} a JSON answer, how long the server
 *   kept it [ms], and when it was asked for, by performance.now(); or an error that says why not
 */
export async function answer(root, route, signal, version) {
  const asked = performance.now();
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (version) headers["X-Ksys-Version"] = version;
  const response = await window.fetch(address(root, route), {
    signal,
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
    headers,
  });
  if (!(response.headers.get("Content-Type") || "").includes("json")) {
    throw new Error("no JSON but status " + response.status);
  }
  const kept = Number(response.headers.get("X-Kept-Ms")) || 0;
  return { body: await response.json(), kept, asked };
}

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
    const response = await window.fetch(address(page.root, route) + "?" + query, options);
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
