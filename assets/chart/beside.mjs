/** The switches of events and forecasts: seen where the historian has either. */
import * as session from "./session.mjs";

/**
 * Show the switches of what a figure says there is, pressed where it is drawn.
 *
 * @param {string} page
 * @param {*} plot plotly's element
 */
export function show(page, plot) {
  const there = plot.layout?.meta?.beside || {};
  for (const button of document.querySelectorAll(`#${page}-beside [data-beside]`)) {
    const name = button.getAttribute("data-beside") || "";
    if (button instanceof HTMLElement) button.hidden = !(name in there);
    button.setAttribute("aria-pressed", String(Boolean(there[name])));
  }
}

/** Listen while the page is open. */
export function listen() {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-beside]") : null;
    const name = button?.getAttribute("data-beside");
    if (!button || !name) return;
    const value = button.getAttribute("aria-pressed") === "true" ? "off" : "on";
    // A second click, before the answer, takes the first back.
    button.setAttribute("aria-pressed", String(value === "on"));
    session.send("switch", { name, value });
  });
}
