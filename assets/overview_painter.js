/**
 * Paints many items (cards or table rows): those in sight at once, the others in short slices after,
 * so that the answer of 5,000 tags is on the screen as soon as that of nine.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const SLICE = 6;
  const MARGIN = "300px";

  /**
   * @param {object} kind builds and paints: {build(model, i), paint(item, model, moment), paintAge}
   * @param {object} model
   * @returns {object} item(i), watch(block), renew(), paint(), touch(tags), age(), close()
   */
  function create(kind, model) {
    let items = new Map();
    const owner = new WeakMap();
    const near = new Set();
    let waiting = [];
    let slice = 0;
    // The browser tells which blocks it skips (content-visibility). Where it does not, they are watched.
    const tells = "oncontentvisibilityautostatechange" in document.documentElement;
    const observer = tells ? null : new IntersectionObserver(
      (entries) => entries.forEach((entry) => sight(entry.target, entry.isIntersecting)),
      { rootMargin: MARGIN });

    function sight(block, inSight) {
      if (!inSight) near.delete(block);
      else {
        near.add(block);
        const moment = overview.model.now(model);
        if (model.seq) inside(block).forEach((shown) => kind.paint(shown, model, moment));
      }
    }

    /** Learn from now on whether a block of items is in sight. */
    function watch(block) {
      if (observer) observer.observe(block);
      else block.addEventListener("contentvisibilityautostatechange", (event) => sight(block, !event.skipped));
    }

    /** @returns {object[]} the items in a block */
    const inside = (block) => [...block.children].map((node) => owner.get(node));

    /** @returns {object} the item of a tag, built when first asked for */
    function item(i) {
      if (!items.has(i)) {
        const made = Object.assign(kind.build(model, i), { tag: model.names[i], built: overview.model.build(model, i) });
        items.set(i, made);
        owner.set(made.node, made);
      }
      return items.get(i);
    }

    /** Paint what is in sight now and leave the rest to slices. */
    function paint() {
      const moment = overview.model.now(model);
      const close = [...near].flatMap(inside);
      close.filter(onScreen).forEach((shown) => kind.paint(shown, model, moment));
      // The last are taken first: those just off the screen.
      waiting = [...items.values(), ...close];
      // After the next frame: what is in sight must not wait for what is not.
      if (waiting.length && !slice) {
        slice = window.requestAnimationFrame(() => { slice = window.setTimeout(work, SLICE); });
      }
    }

    /** The browser makes ready what lies up to a few screens away; only a part can be looked at. */
    function onScreen(shown) {
      const place = shown.node.getBoundingClientRect();
      return place.bottom > 0 && place.top < window.innerHeight;
    }

    function work() {
      const moment = overview.model.now(model);
      const until = performance.now() + SLICE;
      while (waiting.length && performance.now() < until) kind.paint(waiting.pop(), model, moment);
      slice = waiting.length ? window.setTimeout(work, SLICE) : 0;
    }

    /** Count the ages on, of what is in sight. */
    function age() {
      const moment = overview.model.now(model);
      near.forEach((block) => inside(block).forEach((shown) => kind.paintAge(shown, model, moment)));
    }

    /** Paint a few tags whose state changed between two frames. */
    function touch(tags) {
      const moment = overview.model.now(model);
      tags.forEach((i) => items.has(i) && kind.paint(items.get(i), model, moment));
    }

    /** Other tags, or rules: items built from what is still so stay, under their new number. */
    function renew() {
      const before = items;
      items = new Map();
      for (const [, old] of before) {
        const i = model.index.get(old.tag);
        if (i !== undefined && overview.model.build(model, i) === old.built) items.set(i, Object.assign(old, { i }));
      }
      waiting = [];
    }

    function close() {
      if (observer) observer.disconnect();
      window.clearTimeout(slice);
      window.cancelAnimationFrame(slice);
      items.clear();
      near.clear();
      waiting = [];
    }

    return { item, watch, renew, paint, age, touch, close };
  }

  overview.painter = { create };
})();
