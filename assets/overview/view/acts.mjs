/** What the buttons of the overview do, and clicks on its cards. */
import { forPrograms } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import { SEARCH } from "../model/address.mjs";
import { go } from "../model/links.mjs";
import { FIRST_DOWN } from "../model/sorting.mjs";
import * as details from "./details.mjs";
import { tell } from "./dom.mjs";
import * as menu from "./menu.mjs";
import * as pins from "./pins.mjs";

/** @import { Page } from "../../types.mjs" */

/**
 * @param {Page} page
 * @param {EventTarget | null} node
 * @returns {number | undefined} the tag of the card or row that a node is part of
 */
export function tagOf(page, node) {
  const holder = node instanceof Element ? node.closest("[data-tag]") : null;
  return holder instanceof HTMLElement ? page.model.index.get(holder.dataset.tag ?? "") : undefined;
}

/** @param {Page} page */
const chosen = (page) => tell(page.root, "chosen");

/**
 * @param {Page} page
 * @param {string} text
 */
export function search(page, text) {
  page.view.q = text.slice(0, SEARCH);
  chosen(page);
}

/** @type {function(string[], string): string[]} */
const toggled = (all, value) =>
  all.includes(value) ? all.filter((each) => each !== value) : [...all, value];

/** @type {Record<string, function(Page, string, number): void>} */
const ACTS = {
  pause(page) {
    page.clock.pause(!page.clock.state.paused);
    page.notices.status.textContent = page.clock.state.paused ? t("Paused") : t("Refreshing");
  },
  state(page, value) {
    page.view.states = value === "" ? [] : toggled(page.view.states, value);
    chosen(page);
  },
  sort(page) {
    page.view.sort = page.view.sort === "worst" ? "name" : "worst";
    chosen(page);
  },
  view(page, value) {
    page.view.view = page.view.view === value ? "cards" : value;
    chosen(page);
  },
  by(page, value) {
    const again = page.view.by === value;
    page.view.down = again ? !page.view.down : FIRST_DOWN.has(value);
    page.view.by = value;
    const place = sortButtons(page).findIndex((button) => button === document.activeElement);
    chosen(page);
    sortButtons(page)[Math.max(0, place)].focus();
  },
  close(page, value) {
    page.view.closed = toggled(page.view.closed, value);
    chosen(page);
  },
  clear(page) {
    Object.assign(page.view, { q: "", states: [], tags: [], name: "" });
    chosen(page);
  },
  dismiss(page) {
    page.view.faults = [];
    page.view.tags = page.view.tags.filter((tag) => page.model.index.has(tag));
    if (!page.view.tags.length) page.view.name = "";
    chosen(page);
  },
  reload: () => window.location.reload(),
  ask: (page) => page.clock.now(),
  hush(page, value) {
    page.notices.closed.add(value);
    chosen(page);
  },
  menu: (page) => menu.open(page),
  "own-keep": (page) => pins.keepShared(page),
  pin: (page, _value, i) => pins.toggle(page, page.model.names[i]),
  details(page, _value, i) {
    details.open(page, i);
  },
};

/**
 * @param {Page} page
 * @param {string} name
 * @param {string} [value]
 * @param {number} [i]
 */
export function act(page, name, value = "", i = -1) {
  ACTS[name](page, value, i);
}

/**
 * @param {Page} page
 * @returns {HTMLElement[]} the headings' buttons; with groups each group has its own
 */
function sortButtons(page) {
  return [...page.board.node.querySelectorAll(".tags-table__sort")].filter(
    (button) => button instanceof HTMLElement,
  );
}

/**
 * @param {Page} page
 * @param {MouseEvent} event
 */
function clicked(page, event) {
  if (!(event.target instanceof Element)) return;
  const acting = event.target.closest("[data-act]");
  const { act: name = "", value = "" } = acting instanceof HTMLElement ? acting.dataset : {};
  if (ACTS[name]) act(page, name, value, tagOf(page, acting));
  else clickedCard(event, event.target);
}

/**
 * A click on a card opens its trend, here or beside, as one on its link would.
 *
 * @param {MouseEvent} event
 * @param {Element} target
 */
function clickedCard(event, target) {
  const link = linkOf(target);
  if (!link) return;
  const plain = event.button === 0 && !withKey(event);
  const onLink = link.contains(target);
  if (onLink && !plain) return;
  if (!onLink && !window.getSelection()?.isCollapsed) return;
  event.preventDefault();
  if (plain) go(link.href);
  else window.open(link.href, "_blank", "noopener");
}

/** @param {MouseEvent} event @returns {boolean} whether a key asks for another tab or window */
const withKey = (event) => event.ctrlKey || event.metaKey || event.shiftKey;

/**
 * @param {Element} node
 * @returns {HTMLAnchorElement | null} the link of the card or row that a node is part of
 */
function linkOf(node) {
  const holder = node.closest("[data-tag]");
  const link = holder && holder.querySelector(".tag-card__link");
  return link instanceof HTMLAnchorElement ? link : null;
}

/**
 * The middle button opens a trend beside this page, also from what lies above the link.
 *
 * @param {MouseEvent} event
 */
function clickedBeside(event) {
  if (event.button !== 1 || !(event.target instanceof Element)) return;
  if (event.target.closest("[data-act]:not([data-act='exact'])")) return;
  const link = linkOf(event.target);
  if (link && !link.contains(event.target)) window.open(link.href, "_blank", "noopener");
}

/**
 * Copy a number that is marked with every digit, as its title has it, and all as programs read it.
 *
 * @param {ClipboardEvent} event
 */
function copied(event) {
  const marked = document.getSelection();
  const number = marked?.anchorNode?.parentElement?.closest('[data-act="exact"]');
  const shown = String(marked);
  const isNumber = number instanceof HTMLElement && shown.trim() === number.textContent;
  const plain = forPrograms((isNumber && number.title) || shown);
  if (plain === shown || !event.clipboardData) return;
  event.clipboardData.setData("text/plain", plain);
  event.preventDefault();
}

/**
 * Give the exact value as the title of the number under the pointer.
 *
 * @param {Page} page
 * @param {EventTarget | null} target
 */
async function hovered(page, target) {
  const number = target instanceof Element ? target.closest('[data-act="exact"]') : null;
  const i = tagOf(page, number);
  if (!(number instanceof HTMLElement) || i === undefined) return;
  if (!number.title && !page.model.states[i]) number.title = await details.exact(page, i);
}

/**
 * @param {Page} page
 * @param {EventTarget | null} target
 */
function changed({ root, view, strip, clock }, target) {
  if (target === strip.search) view.q = strip.search.value.slice(0, SEARCH);
  if (target === strip.group) Object.assign(view, { group: strip.group.value, closed: [] });
  if (target === strip.every) {
    view.every = Number(strip.every.value);
    clock.setPeriod(view.every * 1000);
  }
  tell(root, "chosen");
}

/**
 * Listen to what the pointer does, for as long as the page's root is there.
 *
 * @param {Page} page
 */
export function listen(page) {
  const { root } = page;
  root.addEventListener("click", (event) => clicked(page, event));
  root.addEventListener("auxclick", clickedBeside);
  root.addEventListener("input", (event) => changed(page, event.target));
  root.addEventListener("pointerover", (event) => hovered(page, event.target));
  root.addEventListener("copy", copied);
}
