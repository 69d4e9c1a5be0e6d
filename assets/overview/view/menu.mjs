/** What is needed seldom: own groups, a link to share, the kiosk, the keys. */
import { t } from "../../messages.mjs";
import { hrefOf } from "../model/address.mjs";
import { written } from "../../digits.mjs";
import * as format from "../model/format.mjs";
import { found } from "../model/order.mjs";
import { el } from "./dom.mjs";
import * as pins from "./pins.mjs";

/** @import { Page } from "../../types.mjs" */

/** Characters of a group's name. */
const LONGEST_NAME = 60;

/** @param {string} word */
const button = (word) => el("button", { type: "button", class: "seg" }, word);

/**
 * Put a link into the clipboard. Browsers give it to https and localhost only; elsewhere the link
 * is shown, selected. It must stand in the dialog: nothing outside of it can be selected.
 *
 * @param {string} address
 * @param {HTMLElement} pressed
 * @param {HTMLElement} place
 */
async function copyLink(address, pressed, place) {
  try {
    await window.navigator.clipboard.writeText(address);
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    if (!copyBySelection(address, place)) return;
  }
  pressed.textContent = t("Copied");
}

/**
 * @param {string} address
 * @param {HTMLElement} place
 * @returns {boolean} whether a link that is shown and selected was copied too
 */
function copyBySelection(address, place) {
  const label = t("Copy this link:");
  const style = { type: "text", class: "strip__search menu__link", readonly: true };
  const field = el("input", { ...style, "aria-label": label, title: label });
  field.value = address;
  place.replaceChildren(label, " ", field);
  field.select();
  return document.execCommand("copy");
}

/**
 * @param {Page} page
 * @param {string} name
 * @param {function(): void} again
 */
function groupRow(page, name, again) {
  const place = el("span", {});
  const copy = button(t("Copy link"));
  copy.addEventListener("click", () => copyLink(pins.link(page, name), copy, place));
  const drop = button(t("Remove"));
  drop.addEventListener("click", () => {
    pins.dropGroup(page, name);
    again();
  });
  const count = el("small", {}, format.tags(page.view.own[name].length));
  return el("li", {}, el("span", { class: "grow" }, name, " ", count), place, copy, drop);
}

/**
 * @param {Page} page
 * @param {function(): void} again
 * @returns {HTMLElement} the form that keeps what is found as a group; it says why it does not
 */
function groupForm(page, again) {
  const tags = found(page.model, page.view).map((i) => page.model.names[i]);
  const title = t("Name of the group");
  const name = el("input", {
    type: "text",
    id: "overview-group-name",
    class: "strip__search",
    "aria-label": title,
    placeholder: title,
    maxlength: LONGEST_NAME,
    "aria-describedby": "overview-group-fault",
  });
  const fault = el("span", { id: "overview-group-fault", role: "alert" });
  const word = t("Keep what is found (%(n)s) as a group", { n: written(tags.length, 0) });
  const save = el("button", { type: "submit", class: "primary" }, word);
  const form = el("form", { class: "menu__form" }, name, save, fault);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = name.value.trim();
    const nothing = tags.length ? "" : t("No tag matches the search and the states chosen.");
    fault.textContent = asked ? nothing : t("Give the group a name first.");
    if (fault.textContent) return name.focus();
    pins.saveGroup(page, asked, tags);
    return again();
  });
  return form;
}

/** @returns {HTMLElement} what each key does */
function keys() {
  const does = {
    "/": t("Find a tag"),
    space: t("Pause and resume"),
    "← ↑ ↓ →": t("Move among the cards"),
    Enter: t("Open the trend"),
    d: t("Details of the card"),
    p: t("Pin the card"),
  };
  const lines = Object.entries(does).flatMap(([key, deed]) => [
    el("dt", {}, el("kbd", {}, key)),
    el("dd", {}, deed),
  ]);
  return el("dl", { class: "details__list" }, ...lines);
}

/**
 * @param {Page} page
 * @param {HTMLDialogElement} dialog
 * @param {function(): void} again builds it anew
 * @returns {HTMLElement[]}
 */
function content(page, dialog, again) {
  const href = hrefOf(page.view, { kiosk: true, details: null });
  const groups = Object.keys(page.view.own).map((own) => groupRow(page, own, again));
  const close = button(t("Close"));
  close.addEventListener("click", () => dialog.close());
  const grow = el("span", { class: "grow" });
  const head = el(
    "header",
    { class: "details__head" },
    el("h2", {}, t("Groups, wall screen, keys")),
    grow,
    close,
  );
  const body = el("div", { class: "details__body" });
  body.append(
    ...[el("h3", {}, t("My groups")), groupForm(page, again)],
    el("ul", { class: "menu__groups" }, ...groups),
    el("h3", {}, t("Wall screen")),
    el("p", {}, el("a", { class: "seg", href }, t("Open this view as a wall screen"))),
    ...[el("h3", {}, t("Keys")), keys()],
  );
  return [head, body];
}

/**
 * Open the menu.
 *
 * @param {Page} page
 */
export function open(page) {
  const dialog = el("dialog", {
    class: "details menu",
    "aria-label": t("Groups, wall screen, keys"),
  });
  const again = () => dialog.replaceChildren(...content(page, dialog, again));
  again();
  dialog.addEventListener("close", () => dialog.remove());
  page.root.append(dialog);
  dialog.showModal();
}
