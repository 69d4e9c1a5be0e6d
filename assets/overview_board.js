/**
 * The board: groups of cards, or the table, holding what is found in the order asked for.
 *
 * Items stand in blocks of a few lines. The browser skips blocks that are out of sight; to decide
 * that of each of 5,000 items would cost it more, in every frame, than all that is painted.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const LINES = 6;

  /** @returns {object} a board in an empty element */
  function create(root, model) {
    let painter = null;
    let shape = "";
    let version = null;
    let columns = 1;
    let last = null;
    const sections = new Map();
    const resized = new ResizeObserver(reflow);
    resized.observe(root);

    /** Start anew when the kind of item changes, else keep every node. */
    function renew(view) {
      const wanted = view.view + (view.view === "table" ? view.by + view.down : "");
      if (shape === wanted && painter) {
        if (version !== model.version) painter.renew();
        version = model.version;
        return;
      }
      version = model.version;
      shape = wanted;
      if (painter) painter.close();
      sections.clear();
      root.replaceChildren();
      painter = overview.painter.create(view.view === "table" ? overview.table.row : overview.card, model);
    }

    /** @returns {object} section of one group, made when first needed */
    function section(view, name) {
      const { el } = overview.dom;
      if (sections.has(name)) return sections.get(name);
      const count = document.createTextNode("");
      const title = name === null ? null : el("h2", { class: "group__title" },
        el("button", { type: "button", class: "group__toggle", "data-act": "close", "data-value": name, "aria-expanded": "true" },
          name || window.ksys.t("no_group")), el("small", {}, count));
      const table = view.view === "table" ? overview.table.build(view) : null;
      const body = table ? table.body : el("div", { class: "cards" });
      body.append(block());
      const heading = name === null ? el("h2", { class: "visually-hidden" }, window.ksys.t("tags")) : title;
      const node = el("section", { class: "group" }, heading, table ? table.node : body);
      sections.set(name, { node, body, count, outer: table ? table.node : body, toggle: title && title.firstChild });
      return sections.get(name);
    }

    function block() {
      const node = overview.dom.el("div", { class: "block" });
      painter.watch(node);
      return node;
    }

    /** Fill a body with blocks of whole lines. */
    function fill(body, nodes) {
      const size = columns * LINES;
      const blocks = [...body.children];
      const count = Math.max(1, Math.ceil(nodes.length / size));
      while (blocks.length < count) blocks.push(block());
      overview.dom.deal(blocks, nodes, size);
      overview.dom.arrange(body, blocks.slice(0, count));
      const lines = Math.ceil((nodes.length - size * (count - 1)) / columns);
      blocks.slice(0, count).forEach((each, k) => each.style.setProperty("--lines", k < count - 1 ? LINES : lines));
    }

    /** @returns {number} items in a line, as the style sheet has it for this width */
    function measured() {
      const first = root.querySelector(".cards:not([hidden]) > .block");
      return first ? window.getComputedStyle(first).gridTemplateColumns.split(" ").length : 1;
    }

    /** Deal the items anew when another number of them fits in a line. */
    function reflow() {
      if (last && last.view !== "table" && measured() !== columns) arrange(last);
    }

    function paintTitle(part, group, closed) {
      if (!part.toggle) return;
      const count = overview.order.counts(model, group.tags);
      const abnormal = model.badges.slice(0, model.code["NO RULE"])
        .filter((state) => count[state]).map((state) => overview.card.label(state) + " " + count[state]);
      overview.dom.text(part.count, [overview.format.tags(group.tags.length), ...abnormal].join(" · "));
      overview.dom.attribute(part.toggle, "aria-expanded", String(!closed));
    }

    /** Place what is found. @returns {number[]} the tags in the order they stand */
    function arrange(view) {
      renew(view);
      last = view;
      const groups = overview.order.grouped(model, view).filter((group) => group.name === null || group.tags.length);
      const shown = [];
      overview.dom.arrange(root, groups.map((group) => section(view, group.name).node));
      columns = view.view === "table" ? 1 : measured();
      for (const group of groups) {
        const part = section(view, group.name);
        const closed = view.closed.includes(group.name);
        const tags = closed ? [] : view.view === "table" ? overview.table.sorted(model, view, group.tags) : group.tags;
        part.outer.hidden = closed;
        fill(part.body, tags.map((i) => painter.item(i).node));
        paintTitle(part, group, closed);
        shown.push(...tags);
      }
      return shown;
    }

    return {
      arrange,
      reflow,
      columns: () => columns,
      item: (i) => painter.item(i),
      paint: () => painter && painter.paint(),
      age: () => painter && painter.age(),
      touch: (tags) => painter && painter.touch(tags),
      close() {
        resized.disconnect();
        if (painter) painter.close();
      },
    };
  }

  overview.board = { create };
})();
