/** What cards and rows have in common: their buttons, and what is heard of their link. */
import { t } from "../../messages.mjs";
import { el } from "./dom.mjs";

let described = 0;

/**
 * @param {string} kind
 * @param {string} title
 * @param {string} glyph
 */
function button(kind, title, glyph) {
  const attributes = {
    type: "button",
    class: "tag-card__tool tag-card__" + kind,
    tabindex: -1,
    "data-act": kind,
    "aria-label": title,
    title,
  };
  return el("button", attributes, glyph);
}

/**
 * @param {string} name
 * @param {boolean} [inWords] whether they are words: a row has room for a sign alone
 * @returns {{ pin: HTMLElement, details: HTMLElement }} the buttons of one tag
 */
export function tools(name, inWords = false) {
  const words = inWords ? [t("Pin"), t("Details")] : ["⚲", "⋯"];
  const pin = button("pin", t("Pin %(tag)s", { tag: name }), words[0]);
  pin.setAttribute("aria-pressed", "false");
  return { pin, details: button("details", t("Details of %(tag)s", { tag: name }), words[1]) };
}

/**
 * Let a link be heard with its state and value after the name, as far as they are shown then.
 *
 * @param {HTMLElement} link
 * @param {HTMLElement[]} parts
 */
export function describe(link, parts) {
  parts.forEach((part) => {
    part.id = "part-" + ++described;
  });
  link.setAttribute("aria-describedby", parts.map((part) => part.id).join(" "));
}
