/**
 * AG Grid comes when a table is to be seen, after the chart: it is 2 MB of script, half of what a
 * cold visit would else read before the first line is drawn.
 *
 * What Dash finds under AG Grid's name is a component that stands for it: an empty place until the
 * script is there, then the grid itself. Dash lets callbacks of a grid wait until that is so.
 */
(function () {
  "use strict";
  /** @type {*} Dash looks up components here, and React is here */
  const global = window;
  /** Milliseconds after which the grid comes, drawn or not; and between two tries to get it. */
  const PATIENCE = 3000;
  /** What tells that there is nothing to wait for: a line, or a word why there is none. */
  const DRAWN = ".scatterlayer .trace, .notice";
  /** A phone, and the first columns of rows there until they are fitted to their rows [px]. */
  const PHONE = "(max-width: 700px)";
  /** @type {Record<string, { hide?: boolean, width?: number }>} */
  const NARROW = { no: { hide: true }, tag: { width: 72 }, time: { width: 160 } };

  /** @type {Promise<*> | null} the grid, once it is asked for */
  let coming = null;
  /** @type {*} and once it is there */
  let grid = null;

  /** @returns {Promise<void>} when the chart is drawn, or late enough */
  function drawn() {
    return new Promise((resolve) => {
      const look = () => {
        if (!document.querySelector(DRAWN)) return;
        watch.disconnect();
        window.clearTimeout(late);
        window.requestAnimationFrame(() => window.setTimeout(resolve));
      };
      const watch = new MutationObserver(look);
      const late = window.setTimeout(() => (watch.disconnect(), resolve()), PATIENCE);
      watch.observe(document.body, { childList: true, subtree: true });
      look();
    });
  }

  /** @returns {Promise<*>} AG Grid's component, from its script; one that fails is asked again */
  function script() {
    return new Promise((resolve) => {
      const node = document.createElement("script");
      node.src = document.documentElement.dataset.grid || "";
      node.onload = () => resolve((grid = stand(global.dash_ag_grid)));
      node.onerror = () => window.setTimeout(() => resolve(script()), PATIENCE);
      document.head.append(node);
    });
  }

  /** @returns {Promise<*>} */
  function load() {
    coming = coming || drawn().then(script);
    return coming;
  }

  /**
   * Stand for the grid also once it is there: another component in its place would be built anew.
   *
   * @param {*} library what AG Grid's script has put under its name
   * @returns {*} its component
   */
  function stand(library) {
    global.dash_ag_grid = { ...library, AgGrid: Object.assign(Grid, library.AgGrid) };
    return library.AgGrid;
  }

  /**
   * On a phone a grid of rows comes up as narrow as it stays: it came up wide, and where a phone is
   * slow the first number was out of sight for seconds.
   *
   * @param {*} props of a grid
   * @returns {*} its columns
   */
  function columns({ id, columnDefs }) {
    const isRows = typeof id === "string" && /^(trend|tech)-rows$/.test(id);
    if (!isRows || !columnDefs || !window.matchMedia(PHONE).matches) return columnDefs;
    return columnDefs.map((/** @type {*} */ each) => ({ ...each, ...NARROW[each.field] }));
  }

  /**
   * @param {*} props of a grid
   * @returns {*} what React draws
   */
  function Grid(props) {
    const { createElement, useEffect, useMemo, useState } = global.React;
    const [there, setThere] = useState(grid !== null);
    // The same as long as Dash gives the same: a grid that gets others is built anew.
    const columnDefs = useMemo(() => columns(props), [props.id, props.columnDefs]);
    useEffect(() => {
      if (!there) load().then(() => setThere(true));
    }, [there]);
    if (there) return createElement(grid, { ...props, columnDefs });
    return createElement("div", { id: props.id, className: props.className });
  }
  // Dash tells a grid why it is drawn anew, if it says that it wants to know.
  Grid.dashRenderType = true;
  Object.defineProperty(Grid, "_dashprivate_isLazyComponentReady", {
    get: () => grid !== null || load(),
  });
  /** @param {string} id */
  const getApiAsync = (id) => load().then(() => global.dash_ag_grid.getApiAsync(id));
  global.dash_ag_grid = { AgGrid: Grid, getApiAsync };
})();
