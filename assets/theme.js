/** The viewer's theme: light, dark, or as the system says; kept in this browser. */
(function () {
  "use strict";
  const KEY = "ksys-theme";
  const root = document.documentElement;

  /** @returns {"light"|"dark"} what is stored, else what the system prefers */
  function chosen() {
    const asked = new URLSearchParams(window.location.search).get("theme");
    if (asked === "light" || asked === "dark") return asked;
    const stored = window.localStorage.getItem(KEY);
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
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element) || !target.closest("#theme")) return;
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    window.localStorage.setItem(KEY, next);
    show(next);
  });
})();
