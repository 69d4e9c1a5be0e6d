/** Pins and the viewer's own groups: chosen, kept in this browser, shared by a link. */
import { read, settle, written } from "../model/address.mjs";
import { names } from "../model/order.mjs";
import * as stored from "../model/stored.mjs";
import { attribute, tell } from "./dom.mjs";

/** @import { Page } from "../../types.mjs" */

/**
 * Show which of the tags are pinned.
 *
 * @param {Page} page
 */
export function paint(page) {
  settle(page.view, page.model);
  if (page.view.kiosk) return; // whose cards are made as their screenful comes
  const pinned = new Set(page.view.pins);
  for (const i of page.shown) {
    const on = pinned.has(page.model.names[i]);
    attribute(page.board.item(i).pin, "aria-pressed", String(on));
  }
}

/** @type {function(string[], string): string[]} */
const without = (all, gone) => all.filter((name) => name !== gone);
/** @type {function(string[], string): string[]} */
const withLast = (all, name) => [...without(all, name), name];

/**
 * Pin a tag, or loosen it: here, and that one alone among the viewer's own pins.
 *
 * @param {Page} page
 * @param {string} tag
 */
export function toggle(page, tag) {
  const change = page.view.pins.includes(tag) ? without : withLast;
  page.view.pins = change(page.view.pins, tag);
  stored.keepPins(change(stored.pins(), tag));
  tell(page.root, "chosen");
}

/**
 * Keep other groups, show them, and close none that is no longer there.
 *
 * @param {Page} page
 * @param {Record<string, string[]>} groups
 */
function keepGroups(page, groups) {
  const { view } = page;
  stored.keepGroups(groups);
  view.own = groups;
  view.group = Object.keys(groups).length ? "own" : "none";
  const left = names(page.model, view);
  view.closed = view.closed.filter((name) => left.includes(name));
  tell(page.root, "chosen");
}

/**
 * Keep tags as a group of the viewer's own.
 *
 * @param {Page} page
 * @param {string} name
 * @param {string[]} tags
 */
export function saveGroup(page, name, tags) {
  keepGroups(page, { ...stored.groups(), [name]: tags });
}

/**
 * Take a group out of a shared link into this browser.
 *
 * @param {Page} page
 */
export function keepShared(page) {
  const { name, tags } = page.view;
  Object.assign(page.view, { tags: [], name: "" });
  saveGroup(page, name, tags);
}

/**
 * @param {Page} page
 * @param {string} name
 */
export function dropGroup(page, name) {
  const left = Object.entries(stored.groups()).filter(([other]) => other !== name);
  keepGroups(page, Object.fromEntries(left));
}

/**
 * @param {Page} page
 * @param {string} name
 * @returns {string} a link that shows one own group to somebody else
 */
export function link(page, name) {
  const blank = read("", page.view.defaultEvery, "");
  const shared = { ...blank, pins: [], tags: page.view.own[name], name };
  return window.location.origin + window.location.pathname + written(shared, "");
}
