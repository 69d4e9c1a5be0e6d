/**
 * The details of one tag in a dialog: value, age and state as on its card, second by second; rule,
 * last readings and time in state asked for anew while it is open.
 */
import { copied } from "../../clipboard.mjs";
import { full } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import { keep } from "../model/address.mjs";
import { answerOf, unanswered } from "../model/answers.mjs";
import { trendHref } from "../model/links.mjs";
import { label, slug } from "../../words.mjs";
import { attribute, el, text as write } from "./dom.mjs";
import { lead } from "./lead.mjs";
import * as tables from "./tables.mjs";

/** @import { Detail, Page } from "../../types.mjs" */

/** Milliseconds after which the rest is asked for anew; the lesser holds with a new reading. */
const PERIOD = 10000;
const LEAST = 4000;

/**
 * @param {Page} page
 * @param {number} i
 * @returns {Promise<string>} the value with every digit, for the number's title
 */
export async function exact(page, i) {
  try {
    const { value = null } = await answerOf(page, page.model.names[i], "reading");
    return value === null ? "–" : full(value) + " " + page.model.units[i];
  } catch (error) {
    if (unanswered(error)) return "";
    throw error;
  }
}

/**
 * Make a tree look like another; what is alike is not touched: focus, scroll and selection stay.
 *
 * @param {ChildNode} old
 * @param {ChildNode} fresh
 * @returns {ChildNode} the one of them that stands in the page
 */
function renew(old, fresh) {
  if (old instanceof Text && fresh instanceof Text) {
    write(old, fresh.data);
    return old;
  }
  const alike =
    old.nodeName === fresh.nodeName && old.childNodes.length === fresh.childNodes.length;
  if (!alike) {
    old.replaceWith(fresh);
    return fresh;
  }
  if (old instanceof Element && fresh instanceof Element && !(old instanceof HTMLButtonElement)) {
    for (const { name, value } of fresh.attributes) attribute(old, name, value);
    if (!fresh.hasAttribute("class")) attribute(old, "class", null);
  }
  [...fresh.childNodes].forEach((child, k) => renew(old.childNodes[k], child));
  return old;
}

/**
 * @param {Page} page
 * @param {number} i
 * @returns {HTMLElement} the head of the dialog
 */
function head({ model, view }, i) {
  const name = model.names[i];
  const link = { href: trendHref(model, name), class: "primary tag-card__link-plain" };
  const close = { type: "button", class: "seg", "data-close": true, "aria-label": t("Close") };
  const pinned = String(view.pins.includes(name));
  const pin = el("button", { type: "button", class: "seg", "aria-pressed": pinned }, t("Pin"));
  const copy = el("button", { type: "button", class: "seg", "data-link": "" }, t("Copy link"));
  pin.dataset.act = "pin";
  pin.addEventListener("click", () => {
    attribute(pin, "aria-pressed", String(pin.getAttribute("aria-pressed") !== "true"));
  });
  copy.addEventListener("click", async () => {
    if (await copied(window.location.href)) copy.textContent = t("Copied");
  });
  const node = el("header", { class: "details__head", "data-tag": name }, el("h2", {}, name));
  const acts = el("span", { class: "details__acts" }, pin, copy);
  acts.append(el("a", link, t("Open in Trend")), el("button", close, "✕"));
  node.append(el("small", {}, model.descriptions[i]), el("span", { class: "badge" }), acts);
  return node;
}

/**
 * @param {Page} page
 * @param {number} i
 * @returns {Detail} the parts of a dialog that asks for the rest
 */
function parts({ model }, i) {
  const list = lead(model, i, "");
  const trouble = new Text();
  const more = el("div", {}, el("div", {}, el("p", {}, t("Loading …"))));
  const body = el("div", { class: "details__body", "aria-busy": "true" });
  body.append(list, el("p", { class: "details__trouble" }, trouble), more);
  const name = model.names[i];
  const asking = { abort: null, asked: -Infinity, time: NaN };
  return { name, list, body, more, trouble, worst: "", ...asking };
}

/**
 * Open the dialog of a tag, one at a time; focus goes back to its card when it is closed.
 *
 * @param {Page} page
 * @param {number} i
 */
export async function open(page, i) {
  if (page.root.querySelector("dialog[open]")) return;
  const detail = parts(page, i);
  const { name } = detail;
  const named = {
    class: "details details--tag",
    "aria-label": t("Details of %(tag)s", { tag: name }),
  };
  const dialog = el("dialog", named, head(page, i), detail.body);
  dialog.addEventListener("click", ({ target }) => {
    const wished = target instanceof Element && target.closest("[data-close]");
    if (target === dialog || wished) dialog.close();
  });
  dialog.addEventListener("close", () => shut(page, dialog));
  page.root.append(dialog);
  dialog.showModal();
  page.details.open = detail;
  page.view.details = name;
  paintHead(page, i, detail.body);
  keep(page.view);
  await load(page, i, detail);
}

/**
 * Ask for the rest; what was known stays where there is no answer.
 *
 * @param {Page} page
 * @param {number} i
 * @param {Detail} detail
 */
async function load(page, i, detail) {
  detail.abort = new AbortController();
  detail.asked = performance.now();
  detail.time = page.model.time[i];
  let found = null;
  let trouble = t("The details cannot be read now; close and try again.");
  try {
    const body = await answerOf(page, detail.name, "details", detail.abort);
    const place = page.model.index.get(detail.name) ?? i; // other tags may have come meanwhile
    if (body.readings) {
      found = tables.content(body, page.model, place);
      detail.worst = tables.worstText(body, page.model);
    }
    trouble = found ? "" : body.message || trouble;
  } catch (error) {
    if (!unanswered(error)) throw error;
  }
  detail.abort = null;
  if (page.details.open === detail) fill(detail, found, trouble);
}

/**
 * Show what was answered, unless the viewer is marking some of it to copy.
 *
 * @param {Detail} detail
 * @param {HTMLElement | null} found
 * @param {string} trouble
 */
function fill({ body, more, trouble: said }, found, trouble) {
  const marked = document.getSelection();
  const marking = marked && !marked.isCollapsed && more.contains(marked.anchorNode);
  const old = more.firstElementChild;
  write(said, trouble);
  if (found && !marking && old) renew(old, found);
  else if (body.hasAttribute("aria-busy") && old) old.replaceChildren();
  body.removeAttribute("aria-busy");
}

/**
 * Show the state of the tag at the head.
 *
 * @param {Page} page
 * @param {number} i
 * @param {HTMLElement} body of the dialog
 */
function paintHead({ model }, i, { parentElement: dialog }) {
  const badge = dialog?.querySelector(".details__head .badge");
  if (!dialog || !badge) return;
  const state = model.badges[model.shown[i]];
  attribute(badge, "class", "badge badge--" + slug(state));
  badge.textContent = label(state);
  attribute(dialog, "class", "details details--tag details--" + slug(state));
}

/**
 * Bring an open dialog up to date: with each frame and each second.
 *
 * @param {Page} page
 */
export function paint(page) {
  const { model } = page;
  const detail = page.details.open;
  const i = detail ? model.index.get(detail.name) : undefined;
  if (!detail || i === undefined) return;
  paintHead(page, i, detail.body);
  const list = renew(detail.list, lead(model, i, detail.worst));
  detail.list = /** @type {HTMLElement} */ (list);
  const since = performance.now() - detail.asked;
  const other = since > LEAST && !Object.is(model.time[i], detail.time);
  const due = since > PERIOD || other;
  if (due && !detail.abort && !page.clock.state.paused) load(page, i, detail);
}

/**
 * @param {Page} page
 * @param {HTMLElement} dialog
 */
function shut(page, dialog) {
  const detail = page.details.open;
  const i = detail ? page.model.index.get(detail.name) : undefined;
  if (detail && detail.abort) detail.abort.abort();
  page.details.open = null;
  dialog.remove();
  page.view.details = null;
  keep(page.view);
  if (i !== undefined && page.shown.includes(i)) {
    page.board.item(i).link.focus({ preventScroll: true });
  }
}

/**
 * Open the dialog that the address names.
 *
 * @param {Page} page
 */
export function restore(page) {
  const i = page.model.index.get(page.view.details ?? "");
  if (i !== undefined && page.view.details !== null) open(page, i);
}
