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
   * @returns {object} item(i), paint(), age(), close()
   */
  function create(kind, model) {
    const items = new Map();
    const owner = new WeakMap();
    const seen = new Set();
    let waiting = [];
    let slice = 0;
    const observer = new IntersectionObserver(sight, { rootMargin: MARGIN });

    function sight(entries) {
      const moment = overview.model.now(model);
      for (const entry of entries) {
        const item = owner.get(entry.target);
        if (!entry.isIntersecting) seen.delete(item);
        else if (item) {
          seen.add(item);
          if (model.seq) kind.paint(item, model, moment);
        }
      }
    }

    /** @returns {object} the item of a tag, built when first asked for */
    function item(i) {
      if (!items.has(i)) {
        const made = kind.build(model, i);
        items.set(i, made);
        owner.set(made.node, made);
        observer.observe(made.node);
      }
      return items.get(i);
    }

    /** Paint what is in sight now and leave the rest to slices. */
    function paint() {
      const moment = overview.model.now(model);
      seen.forEach((shown) => kind.paint(shown, model, moment));
      waiting = [...items.values()].filter((other) => !seen.has(other));
      if (waiting.length && !slice) slice = window.setTimeout(work, 0);
    }

    function work() {
      const moment = overview.model.now(model);
      const until = performance.now() + SLICE;
      while (waiting.length && performance.now() < until) kind.paint(waiting.pop(), model, moment);
      slice = waiting.length ? window.setTimeout(work, 0) : 0;
    }

    /** Count the ages on, of what is in sight. */
    function age() {
      const moment = overview.model.now(model);
      seen.forEach((shown) => kind.paintAge(shown, model, moment));
    }

    /** Paint a few tags whose state changed between two frames. */
    function touch(tags) {
      const moment = overview.model.now(model);
      tags.forEach((i) => items.has(i) && kind.paint(items.get(i), model, moment));
    }

    function close() {
      observer.disconnect();
      window.clearTimeout(slice);
      items.clear();
      seen.clear();
      waiting = [];
    }

    return { item, paint, age, touch, close, items };
  }

  overview.painter = { create };
})();
