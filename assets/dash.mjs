/** What Dash offers to scripts by a global name, and where the page stands on its host. */

/** @returns {*} `window.dash_clientside` */
const dash = () => /** @type {*} */ (window).dash_clientside;

/** @returns {*} what a callback returns for an output that stays as it is */
export function noUpdate() {
  return dash().no_update;
}

/** @returns {string} what every address of this site starts with: `/`, or `/ksys/` */
export function root() {
  return document.documentElement.dataset.root || "/";
}

/**
 * @param {string} page such as `trend`; the overview has no name
 * @returns {boolean} whether the address is that page's still: an answer may come after a click
 *   that left it, and the query of one page says something else on another
 */
export function isAt(page) {
  return bare(window.location.pathname) === bare(root() + page);
}

/** @param {string} path */
const bare = (path) => path.replace(/\/+$/, "");

/** @returns {string} the build that this page came from */
export function build() {
  return document.documentElement.dataset.build || "";
}

/** @returns {boolean} whether Dash waits for no answer */
export function isIdle() {
  const stores = /** @type {*} */ (window).dash_stores || [];
  return !stores.some((/** @type {*} */ store) => store.getState().isLoading);
}
