/**
 * Paints many items (cards or table rows): those in sight at once, the others in short slices
 * after, so that the answer of 5,000 tags is on the screen as soon as that of nine.
 */
import { now } from "../model/model.mjs";
import { build } from "../model/tags.mjs";

/** @import { Item, Model } from "../../types.mjs" */

/**
 * Builds and paints one kind of item.
 *
 * @typedef {object} Kind
 * @property {function(Model, number): Item} build
 * @property {function(*, Model, number): void} paint
 * @property {function(*, Model, number): void} paintAge
 */

/** Milliseconds that a slice may take. */
const SLICE = 6;
const MARGIN = "300px";

/** The painter of one kind of item. */
export class Painter {
  /**
   * @param {Kind} kind
   * @param {Model} model
   */
  constructor(kind, model) {
    this.kind = kind;
    this.model = model;
    /** @type {Map<number, Item>} */
    this.items = new Map();
    /** @type {WeakMap<Element, Item>} */
    this.owner = new WeakMap();
    /** @type {Set<Element>} blocks in sight */
    this.near = new Set();
    /** @type {Item[]} */
    this.waiting = [];
    this.slice = 0;
    // The browser tells which blocks it skips. Where it does not, they are watched.
    const tells = "oncontentvisibilityautostatechange" in document.documentElement;
    this.observer = tells ? null : this.watcher();
    this.told = (/** @type {*} */ event) => this.sight(event.target, !event.skipped);
  }

  /** @returns {IntersectionObserver} */
  watcher() {
    return new IntersectionObserver(
      (entries) => entries.forEach((entry) => this.sight(entry.target, entry.isIntersecting)),
      { rootMargin: MARGIN },
    );
  }

  /**
   * A block comes into sight, or goes out of it.
   *
   * @param {Element} block
   * @param {boolean} inSight
   */
  sight(block, inSight) {
    if (!inSight) {
      this.near.delete(block);
      return;
    }
    this.near.add(block);
    if (this.model.seq) this.paintAll(this.inside(block));
  }

  /** @param {Item[]} items */
  paintAll(items) {
    const moment = now(this.model);
    for (const item of items) this.kind.paint(item, this.model, moment);
  }

  /**
   * Learn from now on whether a block of items is in sight.
   *
   * @param {Element} block
   */
  watch(block) {
    if (this.observer) this.observer.observe(block);
    else block.addEventListener("contentvisibilityautostatechange", this.told);
  }

  /**
   * @param {Element} block
   * @returns {Item[]} the items in it
   */
  inside(block) {
    const items = [...block.children].map((node) => this.owner.get(node));
    return items.filter((item) => item !== undefined);
  }

  /**
   * @param {number} i
   * @returns {Item} the item of a tag, built when first asked for
   */
  item(i) {
    const known = this.items.get(i);
    if (known) return known;
    const { model } = this;
    const origin = { tag: model.names[i], built: build(model, i) };
    const made = Object.assign(this.kind.build(model, i), origin);
    this.items.set(i, made);
    this.owner.set(made.node, made);
    return made;
  }

  /** Paint what is in sight now and leave the rest to slices. */
  paint() {
    const close = [...this.near].flatMap((block) => this.inside(block));
    this.paintAll(close.filter(onScreen));
    // The last are taken first: those just off the screen.
    this.waiting = [...this.items.values(), ...close];
    // After the next frame: what is in sight must not wait for what is not.
    if (this.waiting.length && !this.slice) {
      this.slice = window.requestAnimationFrame(() => this.later());
    }
  }

  /** Go on with what waits, after what the browser has to do itself. */
  later() {
    this.slice = window.setTimeout(() => this.work(), SLICE);
  }

  /** Paint a slice of what waits. */
  work() {
    const moment = now(this.model);
    const until = performance.now() + SLICE;
    while (this.waiting.length && performance.now() < until) {
      this.kind.paint(this.waiting.pop(), this.model, moment);
    }
    this.slice = 0;
    if (this.waiting.length) this.later();
  }

  /** Count the ages on, of what is in sight. */
  age() {
    const moment = now(this.model);
    for (const block of this.near) {
      for (const item of this.inside(block)) this.kind.paintAge(item, this.model, moment);
    }
  }

  /**
   * Paint a few tags whose state changed between two frames.
   *
   * @param {number[]} tags
   */
  touch(tags) {
    const items = tags.map((i) => this.items.get(i));
    this.paintAll(items.filter((item) => item !== undefined));
  }

  /** Other tags, or rules: items built from what is still so stay, under their new number. */
  renew() {
    const before = this.items;
    this.items = new Map();
    for (const old of before.values()) {
      const i = this.model.index.get(old.tag || "");
      if (i !== undefined && build(this.model, i) === old.built) {
        this.items.set(i, Object.assign(old, { i }));
      }
    }
    this.waiting = [];
  }

  /** Leave nothing behind. */
  close() {
    if (this.observer) this.observer.disconnect();
    window.clearTimeout(this.slice);
    window.cancelAnimationFrame(this.slice);
    this.items.clear();
    this.near.clear();
    this.waiting = [];
  }
}

/**
 * The browser makes ready what lies up to a few screens away; only a part can be looked at.
 *
 * @param {Item} item
 * @returns {boolean}
 */
function onScreen(item) {
  const place = item.node.getBoundingClientRect();
  return place.bottom > 0 && place.top < window.innerHeight;
}
