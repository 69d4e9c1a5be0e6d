/** What Dash offers to scripts by a global name, and where the page stands on its host. */

/** @returns {*} `window.dash_clientside` */
const dash = () => /** @type {*} */ (window).dash_clientside;

/**
 * Give a component of the page other properties.
 *
 * @param {string} id
 * @param {Record<string, *>} props
 */
export function setProps(id, props) {
  dash().set_props(id, props);
}

/**
 * Let Dash forget the steps that its undo button would take back: it keeps one for every tick of an
 * interval and every property set, for as long as the page is open, and shows no such button.
 */
export function forgetSteps() {
  for (const store of /** @type {*} */ (window).dash_stores || []) {
    const { past } = store.getState().history || {};
    if (past) past.length = 0;
  }
}

/** @returns {*} what a callback returns for an output that stays as it is */
export function noUpdate() {
  return dash().no_update;
}

/** @returns {string} what every address of this site starts with: `/`, or `/ksys/` */
export function root() {
  return document.documentElement.dataset.root || "/";
}

/** @returns {string} the build that this page came from */
export function build() {
  return document.documentElement.dataset.build || "";
}
