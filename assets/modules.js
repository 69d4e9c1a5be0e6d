/**
 * The door from Dash to the modules: it knows nothing of them but their names.
 *
 * `import()` is asynchronous and Dash does not wait: what it looks up by name is here at once, and
 * answers with a promise until the modules are there. Dash takes `callback_context` away as soon as
 * a callback returns, so each call takes a copy of it first.
 */
(function () {
  "use strict";
  /** @type {*} what Dash and AG Grid look up by name lives here */
  const global = window;
  const { assets, root, build } = document.documentElement.dataset;
  const PATIENCE = 5000;
  const RELOADED = "ksys-reloaded";
  /** A page that cannot load its modules loads anew at most once in so many milliseconds. */
  const AGAIN = 60000;
  /** @type {Record<string, *>} modules that are there */
  const here = {};
  /** @type {Record<string, Promise<*>>} and those that are on their way, or were */
  const coming = {};
  let troubled = false;

  /**
   * Load a module, once.
   *
   * @param {string} path below `assets/`
   */
  function load(path) {
    coming[path] = coming[path] || import(assets + path).then((module) => (here[path] = module));
    return coming[path];
  }

  /**
   * @param {string} path of a module
   * @param {string} name of one of its functions
   * @returns {function(...*): *} calls it with the context of this moment before the values
   */
  function door(path, name) {
    return (...values) => {
      const { no_update: same, callback_context: context } = global.dash_clientside;
      const copy = { ...context };
      const call = (/** @type {*} */ module) => module[name](copy, ...values);
      return here[path] ? call(here[path]) : load(path).then(call, (error) => missed(error, same));
    };
  }

  /**
   * The modules did not come: this page is of another build, or nobody answers.
   *
   * @param {Error} error
   * @param {*} same what Dash takes for no answer
   */
  function missed(error, same) {
    console.warn("ksys modules:", error.message);
    if (!troubled) {
      troubled = true;
      lookForBuild();
    }
    return same;
  }

  /** Ask who answers until somebody does; a host of another build has no such modules. */
  async function lookForBuild() {
    const answer = await window.fetch(root + "build", { cache: "no-store" }).catch(() => null);
    const body = answer && answer.ok ? await answer.json() : null;
    const notice = document.getElementById("newer");
    if (notice && body && body.build !== build) notice.hidden = false;
    if (body && rested()) {
      window.sessionStorage.setItem(RELOADED, String(Date.now()));
      window.location.reload();
    } else {
      window.setTimeout(lookForBuild, PATIENCE);
    }
  }

  /** @returns {boolean} whether the last reload for this reason is long enough ago */
  function rested() {
    const since = Date.now() - Number(window.sessionStorage.getItem(RELOADED) || 0);
    return since > AGAIN || since < 0;
  }

  document.addEventListener("click", (event) => {
    const { target } = event;
    if (target instanceof Element && target.closest(".newer button")) window.location.reload();
  });

  // The window tells its listeners in the order in which they came, whatever they capture: one that
  // is to keep Dash from building a page anew is here before Dash's own.
  for (const name of ["popstate", "_dashprivate_pushstate"])
    window.addEventListener(name, (event) => here[CHART] && here[CHART].arrive(event));

  const OVERVIEW = "overview/page.mjs";
  const CHART = "chart/page.mjs";
  const STATUS = "status/page.mjs";
  const EXPORT = "export/page.mjs";
  const refresh = door(OVERVIEW, "refresh");
  global.dash_clientside = Object.assign({}, global.dash_clientside, {
    ksys_overview: {
      // Dash is not kept waiting: its page counts as loading while a callback has not answered.
      refresh: () => (refresh(), global.dash_clientside.no_update),
    },
    ksys_view: {
      ask: door(CHART, "ask"),
      mirror: door(CHART, "mirror"),
      tick: door(CHART, "tick"),
      told: door(CHART, "told"),
      tell: door(CHART, "tell"),
      turn: door(CHART, "turn"),
      jump: door(CHART, "jump"),
      stretch: door(CHART, "stretchOf"),
      paired: door(CHART, "paired"),
      bars: door(CHART, "bars"),
    },
    ksys_export: {
      ask: door(EXPORT, "ask"),
      choose: door(EXPORT, "choose"),
      divide: door(EXPORT, "divide"),
      enter: door(EXPORT, "enter"),
      show: door(EXPORT, "show"),
      copy: door(EXPORT, "copy"),
      weigh: door(EXPORT, "weigh"),
      download: door(EXPORT, "download"),
    },
    ksys_status: {
      asked: door(STATUS, "asked"),
      answered: door(STATUS, "answered"),
      copy: door(STATUS, "copy"),
    },
  });

  /**
   * Formats of table cells; the chart's module is there before any row is.
   *
   * @param {string} name
   * @param {string | boolean} otherwise
   * @returns {function(...*): string | boolean}
   */
  function cell(name, otherwise) {
    return (...values) => (here[CHART] ? here[CHART].grid[name](...values) : otherwise);
  }
  global.dashAgGridFunctions = Object.assign(global.dashAgGridFunctions || {}, {
    ksysNumber: cell("number", ""),
    ksysFull: cell("inFull", ""),
    ksysShare: cell("share", ""),
    ksysQuality: cell("quality", ""),
    ksysIs: cell("is", false),
    ksysFilling: cell("filling", false),
    ksysText: cell("text", ""),
    ksysTime: cell("time", ""),
    ksysTab: cell("tab", false),
  });

  /**
   * The name of a tag in the parts of which the first gives way; a row that comes yet has none.
   *
   * @param {{ value?: string }} cell
   * @returns {*} what React draws
   */
  function KsysTag({ value }) {
    if (!here[CHART] || !value) return value || "";
    const draw = global.React.createElement;
    const [begins, own] = here[CHART].grid.parts(value);
    const alike = begins && draw("span", { className: "name__alike" }, begins);
    return draw(
      "span",
      { className: "name" },
      alike,
      draw("span", { className: "name__own" }, own),
    );
  }
  const components = global.dashAgGridComponentFunctions || {};
  global.dashAgGridComponentFunctions = { ...components, KsysTag };
})();
