/**
 * The wall: what the board is to a page. It shows whole screenfuls of cards as large as the screen
 * lets them be; what is abnormal elsewhere stands in a row above. Nothing scrolls.
 */
import { t } from "../../messages.mjs";
import * as format from "../model/format.mjs";
import { now } from "../model/model.mjs";
import * as order from "../model/order.mjs";
import { label } from "../../words.mjs";
import { arrange, el } from "../view/dom.mjs";
import * as cards from "./card.mjs";
import { layout, spare, steps } from "./fitting.mjs";
import * as foot from "./foot.mjs";
import * as rows from "./row.mjs";

/** @import { Model, View } from "../../types.mjs" */
/** @import { Group, Layout, Line, Widths } from "./fitting.mjs" */
/** @import { Room, WallCard } from "./card.mjs" */

/** Room at the left and right, and around the cards above and below, as in wall.css [vh]. */
const SIDES = 4.4;
const ABOUT = 2.4;
const FOOT = 3.9;
/** Height of a level bar as it is drawn [px], and on a wall at scale 1 by kind [vh]. */
const LEVEL = 18;
const LEVELS = { full: 2.6, plain: 2.1, small: 1.5 };

/** The cards of a wall. */
export class Wall {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.row = rows.build();
    this.grid = el("div", { class: "wall__cards" });
    this.foot = foot.build();
    const parts = [this.row.node, this.grid, this.foot.node];
    this.node = el("div", { class: "wall", id: "overview-board" }, ...parts);
    /** Cards in a line. */
    this.columns = 1;
    /** @type {View | null} what was arranged last */
    this.view = null;
    /** @type {Group[]} all groups, in their order */
    this.groups = [];
    /** @type {number[]} the tags that are abnormal, worst first */
    this.abnormal = [];
    /** The group that is on alone. @type {string | null | undefined} */
    this.turned = undefined;
    this.screen = 0;
    /** For cards, from left to right [vh]. */
    this.width = 0;
    /** Seconds until the next screenful. */
    this.next = 0;
    /** @type {Layout | null} */
    this.layout = null;
    /** @type {Map<number, Widths>} the widest that the texts of each tag were */
    this.widths = new Map();
    this.version = "";
    /** @type {Map<number, WallCard>} those on the screen */
    this.items = new Map();
    this.painter = {
      paint: () => this.paint(),
      touch: () => this.paint(),
      age: () => this.age(),
    };
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(this.node);
  }

  /** @returns {number} how many screenfuls there are of what is on */
  get screens() {
    return this.layout ? this.layout.screens.length : 1;
  }

  /**
   * @param {View} view
   * @returns {number[]} the tags in the order they stand
   */
  arrange(view) {
    this.view = view;
    if (this.version !== this.model.version) {
      this.version = this.model.version;
      this.widths.clear();
      this.items.clear();
    }
    const found = order.found(this.model, view).filter((i) => order.isAbnormal(this.model, i));
    this.abnormal = order.sorted(this.model, { ...view, sort: "worst", pins: [] }, found);
    const all = order.grouped(this.model, view);
    const isOpen = (/** @type {Group} */ { name }) => name === null || !view.closed.includes(name);
    this.groups = all.filter((group) => group.tags.length && isOpen(group));
    return this.groups.flatMap((group) => group.tags);
  }

  /** @returns {Group[]} the groups that are on */
  on() {
    const alone = this.groups.filter(({ name }) => name === this.turned);
    return this.turned === undefined || !alone.length ? this.groups : alone;
  }

  /**
   * @param {Iterable<number>} tags
   * @returns {boolean} whether any text of these is wider than it ever was
   */
  widen(tags) {
    let wider = false;
    for (const i of tags) {
      const before = this.widths.get(i);
      const value = cards.valueWidth(this.model, i);
      if (before && value <= before.value) continue;
      this.widths.set(i, before ? { ...before, value } : cards.widths(this.model, i));
      wider = true;
    }
    return wider;
  }

  /** Divide the screen anew, and show the screenful that is on. */
  fit() {
    if (!this.view || !this.model.seq) return;
    for (const { tags } of this.groups) this.widen(tags);
    const share = window.innerHeight / 100;
    const { clientWidth, clientHeight } = this.node;
    this.width = clientWidth / share - SIDES;
    const room = clientHeight / share - FOOT - ABOUT;
    const row = this.abnormal.length > 0;
    this.layout = layout(this.on(), this.widths, { width: this.width, room, row });
    if (this.screen >= this.screens) this.screen = 0;
    this.place();
  }

  /** Put the cards of the screenful that is on into their places, and paint them. */
  place() {
    const { layout: made, model } = this;
    if (!made) return;
    const lines = made.screens[this.screen];
    const tags = lines.flatMap((line) => line.tags);
    const kept = new Map(tags.map((i) => [i, this.item(i)]));
    this.items = kept;
    this.columns = made.columns;
    const { style } = this.node;
    this.node.className = "wall wall--" + made.kind.name;
    style.setProperty("--scale", String(made.scale));
    const bar = LEVELS[/** @type {"full"} */ (made.kind.name)] * made.scale;
    style.setProperty("--level", String((bar * window.innerHeight) / 100 / LEVEL));
    this.grid.style.gridTemplateColumns = `repeat(${made.columns}, minmax(0, 1fr))`;
    this.grid.style.gridTemplateRows = rowsOf(lines, spare(made, lines));
    arrange(
      this.grid,
      lines.flatMap((line, k) => this.nodesOf(line, k === 0)),
    );
    for (const card of kept.values()) this.size(card, made);
    this.paint(model.seq > 0);
  }

  /**
   * @param {Line} line
   * @param {boolean} top whether it is the first of its screenful
   * @returns {HTMLElement[]} its cards, under the heading of a group that begins or goes on here
   */
  nodesOf({ tags, group, first }, top) {
    const nodes = tags.map((i) => this.item(i).node);
    if (group.name === null || !(first || top)) return nodes;
    const count = order.counts(this.model, group.tags);
    const states = this.model.badges.slice(0, this.model.code["NO RULE"]);
    const told = states
      .filter((state) => count[state])
      .map((each) => `${label(each)} ${count[each]}`);
    const name = group.name || t("Without a group");
    const small = el("small", {}, [format.tags(group.tags.length), ...told].join(" · "));
    return [el("h2", { class: "wall__group" }, el("span", {}, name), small), ...nodes];
  }

  /**
   * Give a card its places, and its texts the size in which they fit.
   *
   * @param {WallCard} card
   * @param {Layout} made
   */
  size({ i, node, head, number }, made) {
    const span = made.spans.get(i) ?? 1;
    node.style.gridColumn = span > 1 ? `span ${span}` : "";
    const found = this.widths.get(i);
    const { name, value } = found ? steps(found, made, span) : { name: 0, value: 1 };
    head.className = `wall-card__head wall-card__head--${name}`;
    number.style.setProperty("--share", String(value));
  }

  /**
   * @param {number} i
   * @returns {Room} what the card of a tag has room for
   */
  room(i) {
    const made = /** @type {Layout} */ (this.layout);
    const span = made.spans.get(i) ?? 1;
    const inside = made.cell * span + made.kind.gap * (span - 1) - 2 * made.kind.pad * made.scale;
    return { kind: made.kind, scale: made.scale, inside };
  }

  /**
   * @param {number} i
   * @returns {WallCard} the card of a tag, built where it is not on the screen
   */
  item(i) {
    return this.items.get(i) ?? cards.build(this.model, i);
  }

  /**
   * Paint what is on. A value on the screen that needs more room than it ever did has the screen
   * divided anew; for the others that is found when the next screenful comes.
   *
   * @param {boolean} [fits] whether it is known to
   */
  paint(fits = false) {
    if (!this.layout || (!fits && this.widen(this.items.keys()))) {
      this.fit();
      return;
    }
    const moment = now(this.model);
    for (const card of this.items.values()) {
      cards.paint(card, this.model, moment, this.room(card.i));
    }
    this.paintRow();
    this.paintFoot();
  }

  /** Count the ages on. */
  age() {
    if (!this.layout) return;
    const moment = now(this.model);
    for (const card of this.items.values()) {
      cards.paintAge(card, this.model, moment, this.room(card.i));
    }
    this.paintRow();
    this.paintFoot();
  }

  /** Show what is abnormal and not on the screen. */
  paintRow() {
    if (!this.view) return;
    const hidden = this.abnormal.filter((i) => !this.items.has(i));
    rows.paint(this.row, this.model, hidden, now(this.model), this.width);
  }

  /** Say which screenful is on, of what. */
  paintFoot() {
    const { view, layout: made } = this;
    if (!view || !made) return;
    const count = this.on().reduce((sum, group) => sum + group.tags.length, 0);
    const all = this.turned === undefined && view.q ? this.among() : count;
    const curves = made.kind.name === "full";
    const told = { screen: this.screen, screens: this.screens, next: this.next };
    foot.paint(this.foot, this.model, view, { ...told, count, all, curves });
  }

  /** @returns {number} how many tags a search is among */
  among() {
    const view = /** @type {View} */ (this.view);
    return order.found(this.model, { ...view, q: "" }).length;
  }

  /**
   * Show a screenful of a group, or of all of them.
   *
   * @param {string | null | undefined} group
   * @param {number} [screen]
   */
  show(group, screen = 0) {
    this.turned = group;
    this.screen = screen;
    this.fit();
  }

  /**
   * @param {number} i
   * @returns {number} on which screenful the card of a tag stands; below 0 for none
   */
  screenOf(i) {
    const screens = this.layout ? this.layout.screens : [];
    return screens.findIndex((lines) => lines.some(({ tags }) => tags.includes(i)));
  }

  /** Leave nothing behind. */
  close() {
    this.resized.disconnect();
    this.items.clear();
  }
}

/**
 * @param {Line[]} lines
 * @param {number} spared lines of cards that stay empty
 * @returns {string} the rows of a grid: headings as high as they are, cards share the rest
 */
function rowsOf(lines, spared) {
  const card = "minmax(0, 1fr)";
  const rows = lines.flatMap(({ group, first }, k) => {
    return group.name !== null && (first || k === 0) ? ["auto", card] : [card];
  });
  return [...rows, ...Array(spared).fill(card)].join(" ");
}
