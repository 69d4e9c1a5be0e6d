/** Named views: what is shown, kept under a name in this browser, to be opened and shared. */
import { copied } from "../clipboard.mjs";
import { root } from "../dash.mjs";
import { read, write } from "../storage.mjs";
import { t } from "../messages.mjs";
import * as links from "./links.mjs";
import * as session from "./session.mjs";

/**
 * @typedef {object} View
 * @property {string} name
 * @property {"trend" | "tech"} page
 * @property {string} query as it stands in the address, with its question mark
 */

const NAME = "ksys-views";
/** Longest name of a view, and the most views. */
const [LONGEST, MOST] = [60, 200];
const PAGES = ["trend", "tech"];

/** @type {string | null} name of the view that is being renamed */
let renamed = null;

/** @param {*} each @returns {each is View} */
const isView = (each) =>
  typeof each?.name === "string" && PAGES.includes(each.page) && typeof each.query === "string";

/** @returns {View[]} by name */
function views() {
  const found = read(NAME);
  const all = Array.isArray(found) ? found.filter(isView) : [];
  return all.sort((one, two) => one.name.localeCompare(two.name));
}

/** @param {View} view @returns {string} the address of a view on this site */
const address = ({ page, query }) => new URL(root() + page + query, window.location.href).href;

/** @param {string} id @returns {HTMLElement | null} of the page that is open */
const part = (id) => document.getElementById(`${session.current()?.page}-named-${id}`);

/** @param {string} text @param {View} [undoes] */
function say(text, undoes) {
  const place = part("said");
  if (!place) return;
  place.replaceChildren(text);
  if (!undoes) return;
  const undo = button("undo", t("Undo"), t("Undo"), JSON.stringify(undoes));
  place.append(" ", undo);
  undo.focus(); // what was pressed is gone
}

/**
 * @param {string} act
 * @param {string} text
 * @param {string} title
 * @param {string} about name of a view, or all of one
 */
function button(act, text, title, about) {
  const node = document.createElement("button");
  Object.assign(node, { type: "button", className: "named__act", textContent: text, title });
  node.setAttribute("aria-label", title);
  Object.assign(node.dataset, { named: act, about });
  return node;
}

/** @param {View} view @returns {HTMLLIElement} */
function row(view) {
  const [item, link, page] = [
    document.createElement("li"),
    document.createElement("a"),
    document.createElement("small"),
  ];
  Object.assign(link, { href: address(view), textContent: view.name });
  page.textContent = view.page === "tech" ? t("Tech indicators") : t("Trend");
  const { name } = view;
  item.append(
    link,
    page,
    button("rename", "✎", t("Rename %(name)s", { name }), name),
    button("share", t("Link"), t("Copy the link to %(name)s", { name }), name),
    button("delete", "✕", t("Delete %(name)s", { name }), name),
  );
  return item;
}

function list() {
  const place = part("list");
  if (!place) return;
  place.replaceChildren(...views().map(row));
}

/** @returns {HTMLInputElement | null} where a name is typed; made when it is asked for first */
function field() {
  const place = part("place");
  if (!place) return null;
  if (!place.firstElementChild) {
    const input = document.createElement("input");
    Object.assign(input, { type: "text", className: "time-text", maxLength: LONGEST });
    Object.assign(input, { placeholder: t("Name of the view"), autocomplete: "off" });
    input.setAttribute("aria-label", t("Name of the view"));
    input.addEventListener("keydown", ({ key }) => key === "Enter" && save());
    place.append(input);
  }
  return /** @type {HTMLInputElement} */ (place.firstElementChild);
}

/** @param {View[]} all @param {string} said @param {View} [undoes] */
function put(all, said, undoes) {
  const isKept = write(NAME, all);
  list();
  say(isKept ? said : t("This browser keeps nothing: the view is not saved."), undoes);
}

/**
 * @param {string} name
 * @param {View[]} all
 * @returns {string} why there can be no further view of this name; empty when there can
 */
function refusal(name, all) {
  if (!name) return t("A view needs a name.");
  if (all.some((view) => view.name === name))
    return t("There is a view named %(name)s already.", { name });
  return all.length >= MOST ? t("There are %(n)s views; delete one first.", { n: MOST }) : "";
}

/** Keep what is shown under the typed name, or give that name to the view that is being renamed. */
function save() {
  const [mine, input, all] = [session.current(), field(), views()];
  if (!mine || !input) return;
  const name = input.value.trim();
  const others = all.filter((view) => view.name !== renamed);
  const why = refusal(name, others);
  if (why) return say(why);
  const old = all.find((view) => view.name === renamed);
  const page = /** @type {"trend" | "tech"} */ (mine.page);
  const view = old || { page, query: new URL(links.link(mine, false)).search };
  renamed = null;
  input.value = "";
  return put([...others, { ...view, name }], t("Saved: %(name)s", { name }));
}

/** @type {Record<string, function(string): *>} */
const ACTS = {
  rename(name) {
    const input = field();
    if (!input) return;
    renamed = name;
    input.value = name;
    input.select();
    say(t("Type the new name of %(name)s.", { name }));
  },
  async share(name) {
    const view = views().find((each) => each.name === name);
    if (view) say((await copied(address(view))) ? t("Copied") : t("Not copied"));
  },
  delete(name) {
    const all = views();
    const gone = all.find((each) => each.name === name);
    if (renamed === name) renamed = null;
    const others = all.filter((each) => each !== gone);
    put(others, t("Deleted: %(name)s", { name }), gone);
  },
  undo(text) {
    const view = JSON.parse(text);
    const all = views();
    const why = refusal(view.name, all);
    if (why) return say(why);
    put([...all, view], t("Saved: %(name)s", { name: view.name }));
    return field()?.focus(); // what was pressed is gone
  },
};

/** @param {HTMLElement} panel that opens */
export function fill(panel) {
  if (panel.id !== `${session.current()?.page}-named`) return;
  renamed = null;
  const input = field();
  if (input) input.value = "";
  say("");
  list();
  input?.focus();
}

/** Listen while the page is open. */
export function listen() {
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    if (target.id === `${session.current()?.page}-named-save`) save();
    const act = target.closest("[data-named]");
    if (act instanceof HTMLElement) ACTS[act.dataset.named || ""](act.dataset.about || "");
  });
}
