/** What this browser keeps for all pages: the viewer's theme, and that a hint was closed. */
(function () {
  "use strict";
  const KEY = "ksys-theme";
  const HUSHED = "ksys-hushed";
  const root = document.documentElement;

  /**
   * @param {"getItem"|"setItem"} act
   * @param {...string} given
   * @returns {string | null} what a store gives; a browser may have none, refuse it, or be full
   */
  function store(act, ...given) {
    try {
      const kept = window.localStorage;
      return act === "getItem" ? kept.getItem(given[0]) : (kept.setItem(given[0], given[1]), null);
    } catch (error) {
      if (error instanceof DOMException || error instanceof TypeError) return null;
      throw error;
    }
  }

  /** @returns {"light"|"dark"} what is stored, else what the system prefers */
  function chosen() {
    const asked = new URLSearchParams(window.location.search).get("theme");
    if (asked === "light" || asked === "dark") return asked;
    const stored = store("getItem", KEY);
    if (stored === "light" || stored === "dark") return stored;
    return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  /**
   * Show one theme; scripts that paint themselves listen for `ksys:theme`.
   *
   * @param {"light"|"dark"} theme
   */
  function show(theme) {
    root.dataset.theme = theme;
    root.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("ksys:theme", { detail: theme }));
  }

  show(chosen());
  root.dataset.hushed = store("getItem", HUSHED) || "";
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    if (target.closest("[data-hushes]")) {
      root.dataset.hushed = "demo";
      store("setItem", HUSHED, "demo");
    }
    if (!target.closest("#theme")) return;
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    store("setItem", KEY, next);
    show(next);
  });
})();
