/**
 * The board: groups of cards, or the table, holding what is found in the order asked for.
 *
 * Items stand in blocks of a few lines. The browser skips blocks that are out of sight; to decide
 * that of each of 5,000 items would cost it more, in every frame, than all that is painted.
 */
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import * as order from "../model/order.mjs";
import { sorted } from "../model/sorting.mjs";
import { label } from "../../words.mjs";
import * as card from "./card.mjs";
import * as dom from "./dom.mjs";
import { Painter } from "./painter.mjs";
import * as table from "./table.mjs";

/** @import { Item, Model, View } from "../../types.mjs" */

/**
 * The section of one group.
 *
 * @typedef {object} Section
 * @property {HTMLElement} node
 * @property {HTMLElement} body holds the blocks
 * @property {HTMLElement} outer what is hidden when the group is closed
 * @property {Text} count
 * @property {HTMLElement | null} toggle
 */

/** Lines of a block. */
const LINES = 6;

/** The cards or rows of the page. */
export class Board {
  /** @param {Model} model */
  constructor(model) {
    const { el } = dom;
    this.model = model;
    this.node = el("div", { class: "board", id: "overview-board" });
    this.painter = new Painter(card, model);
    this.shape = "";
    this.version = "";
    /** Items in a line. */
    this.columns = 1;
    /** @type {View | null} what was arranged last */
    this.view = null;
    /** @type {Map<string | null, Section>} */
    this.sections = new Map();
    this.resized = new ResizeObserver(() => this.reflow());
    this.resized.observe(this.node);
  }

  /**
   * Start anew when the kind of item changes, else keep every node.
   *
   * @param {View} view
   */
  renew(view) {
    const wanted = view.view + (view.view === "table" ? String(view.by) + view.down : "");
    const { version } = this.model;
    if (this.shape === wanted) {
      if (this.version !== version) this.painter.renew();
    } else {
      this.painter.close();
      this.sections.clear();
      this.node.replaceChildren();
      this.painter = new Painter(view.view === "table" ? table : card, this.model);
    }
    this.version = version;
    this.shape = wanted;
  }

  /**
   * @param {View} view
   * @param {string | null} name
   * @returns {Section} section of one group, made when first needed
   */
  section(view, name) {
    const known = this.sections.get(name);
    if (known) return known;
    const made = this.built(view, name);
    this.sections.set(name, made);
    return made;
  }

  /**
   * @param {View} view
   * @param {string | null} name
   * @returns {Section}
   */
  built(view, name) {
    const { el } = dom;
    const count = new Text();
    const act = { type: "button", class: "group__toggle", "data-act": "close", "data-value": name };
    const toggle =
      name === null
        ? null
        : el("button", { ...act, "aria-expanded": "true" }, name || t("Without a group"));
    const rows = view.view === "table" ? table.frame(view) : null;
    const body = rows ? rows.body : el("div", { class: "cards" });
    const outer = rows ? rows.node : body;
    body.append(this.block());
    const heading = toggle
      ? el("h2", { class: "group__title" }, toggle, el("small", {}, count))
      : el("h2", { class: "visually-hidden" }, t("Tags"));
    const node = el("section", { class: "group" }, heading, outer);
    return { node, body, outer, count, toggle };
  }

  /** @returns {HTMLElement} */
  block() {
    const node = dom.el("div", { class: "block" });
    this.painter.watch(node);
    return node;
  }

  /**
   * Fill a body with blocks of whole lines.
   *
   * @param {HTMLElement} body
   * @param {HTMLElement[]} nodes
   */
  fill(body, nodes) {
    const size = this.columns * LINES;
    const blocks = /** @type {HTMLElement[]} */ ([...body.children]);
    const count = Math.max(1, Math.ceil(nodes.length / size));
    while (blocks.length < count) blocks.push(this.block());
    dom.deal(blocks, nodes, size);
    const used = blocks.slice(0, count);
    dom.arrange(body, used);
    const last = Math.ceil((nodes.length - size * (count - 1)) / this.columns);
    used.forEach((each, k) => {
      each.style.setProperty("--lines", String(k < count - 1 ? LINES : last));
    });
  }

  /** @returns {number} items in a line, as the style sheet has it for this width */
  measured() {
    const first = this.node.querySelector(".cards:not([hidden]) > .block");
    return first ? window.getComputedStyle(first).gridTemplateColumns.split(" ").length : 1;
  }

  /** Deal the items anew when another number of them fits in a line. */
  reflow() {
    const { view } = this;
    if (view && view.view !== "table" && this.measured() !== this.columns) this.arrange(view);
  }

  /**
   * @param {Section} part
   * @param {order.Group} group
   * @param {boolean} closed
   */
  paintTitle(part, group, closed) {
    if (!part.toggle) return;
    const { badges, code } = this.model;
    const count = order.counts(this.model, group.tags);
    const abnormal = badges
      .slice(0, code["NO RULE"])
      .filter((state) => count[state])
      .map((state) => label(state) + " " + count[state]);
    dom.text(part.count, [format.tags(group.tags.length), ...abnormal].join(" · "));
    dom.attribute(part.toggle, "aria-expanded", String(!closed));
  }

  /**
   * Place what is found.
   *
   * @param {View} view
   * @returns {number[]} the tags in the order they stand
   */
  arrange(view) {
    this.renew(view);
    this.view = view;
    const all = order.grouped(this.model, view);
    const groups = all.filter((group) => group.name === null || group.tags.length);
    const sections = groups.map((group) => this.section(view, group.name));
    dom.arrange(
      this.node,
      sections.map((section) => section.node),
    );
    this.columns = view.view === "table" ? 1 : this.measured();
    return groups.flatMap((group, k) => this.place(view, group, sections[k]));
  }

  /**
   * Place one group.
   *
   * @param {View} view
   * @param {order.Group} group
   * @param {Section} part
   * @returns {number[]} its tags in the order they stand; none where it is closed
   */
  place(view, group, part) {
    const closed = group.name !== null && view.closed.includes(group.name);
    const inOrder = view.view === "table" ? sorted(this.model, view, group.tags) : group.tags;
    const tags = closed ? [] : inOrder;
    part.outer.hidden = closed;
    this.fill(
      part.body,
      tags.map((i) => this.item(i).node),
    );
    this.paintTitle(part, group, closed);
    return tags;
  }

  /**
   * @param {number} i
   * @returns {Item} the card or row of a tag
   */
  item(i) {
    return this.painter.item(i);
  }

  /** Leave nothing behind. */
  close() {
    this.resized.disconnect();
    this.painter.close();
  }
}
