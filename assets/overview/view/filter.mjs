/**
 * What a phone has instead of the strip: one button that counts what is abnormal, worst first. It
 * opens the strip as a sheet; beside it stand the two views.
 */
import { written } from "../../digits.mjs";
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { SHAPES, slug, word } from "../../words.mjs";
import { attribute, el, text as write } from "./dom.mjs";

/** @import { Page } from "../../types.mjs" */
/** @typedef {{ total: Text, abnormal: HTMLElement, views: HTMLElement[], shows: string }} Filter */

/** States that need no eye. */
const CALM = ["NORMAL", "NO RULE", "DISABLED"];
/** States that the button counts at most: as many as fit. */
const MOST = 4;

/** What stands above each board. @type {WeakMap<Page, Filter>} */
const filters = new WeakMap();

/**
 * @param {string} value
 * @param {string} title
 * @param {string} glyph
 */
function view(value, title, glyph) {
  const act = { type: "button", class: "seg filter__view", "data-value": value };
  return el("button", { ...act, "aria-label": title, title, "aria-pressed": "false" }, glyph);
}

/**
 * @param {Page} page
 * @returns {Filter} its parts, in their place above the strip
 */
function build(page) {
  const total = new Text();
  const abnormal = el("span", { class: "filter__states" });
  const name = el("span", {}, el("b", {}, t("Filter")), " ", total);
  const button = el("button", { type: "button", class: "seg filter__open" }, name, abnormal, "▾");
  const views = [view("cards", t("Cards"), "▦"), view("table", t("Table"), "☰")];
  const node = el("div", { class: "filter" }, button, el("span", { class: "filter__views" }));
  node.lastElementChild?.append(...views);
  button.addEventListener("click", () => open(page));
  for (const each of views) {
    each.addEventListener("click", () => {
      page.view.view = each.dataset.value || "cards";
      page.root.dispatchEvent(new Event("ksys:chosen"));
    });
  }
  page.strip.node.before(node);
  return { total, abnormal, views, shows: "" };
}

/**
 * Show how many tags are shown, and how many of them are in each abnormal state.
 *
 * @param {Page} page
 * @param {Record<string, number>} count of the tags in each state
 * @param {number} total
 */
export function paint(page, count, total) {
  const filter = filters.get(page) || build(page);
  filters.set(page, filter);
  const { model, shown, view: chosen } = page;
  const [n, all] = [written(shown.length, 0), written(total, 0)];
  write(filter.total, shown.length === total ? all : t("%(n)s of %(all)s", { n, all }));
  for (const each of filter.views) {
    attribute(each, "aria-pressed", String(each.dataset.value === chosen.view));
  }
  const states = model.badges.filter((state) => count[state] && !CALM.includes(state));
  const key = JSON.stringify(states.map((state) => [state, count[state]]));
  if (key === filter.shows) return;
  filter.shows = key;
  filter.abnormal.replaceChildren(
    ...states.slice(0, MOST).map((state) => {
      const said = { class: "filter__state filter__state--" + slug(state), title: word(state) };
      const heard = el("span", { class: "visually-hidden" }, " " + word(state));
      return el("span", said, SHAPES[state] + " " + written(count[state], 0), heard);
    }),
  );
}

/**
 * Open the strip as a sheet; closed, it stands where it stood.
 *
 * @param {Page} page
 */
function open(page) {
  const { strip, root, shown } = page;
  const place = el("span", { hidden: true });
  const close = { type: "button", class: "seg", "data-close": true };
  const leave = el("button", { ...close, "aria-label": t("Close"), title: t("Close") }, "✕");
  const head = el("header", {}, el("h2", {}, t("Filter")), leave);
  const label = new Text(showing(shown.length));
  const go = el("button", { ...close, class: "primary filter__go" }, label);
  const dialog = el("dialog", { class: "filter-sheet", "aria-label": t("Filter") }, head);
  const chosen = () => write(label, showing(page.shown.length));
  strip.node.before(place);
  dialog.append(strip.node, go);
  root.append(dialog);
  root.addEventListener("ksys:chosen", chosen);
  dialog.addEventListener("click", ({ target }) => {
    const wished = target instanceof Element && target.closest("[data-close]");
    if (target === dialog || wished) dialog.close();
  });
  dialog.addEventListener("close", () => {
    place.replaceWith(strip.node);
    root.removeEventListener("ksys:chosen", chosen);
    dialog.remove();
  });
  dialog.showModal();
}

/** @param {number} count @returns {string} */
const showing = (count) => t("Show %(tags)s", { tags: format.tags(count) });
