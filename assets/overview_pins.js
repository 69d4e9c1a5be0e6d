/** Pins and the viewer's own groups: kept in this browser, shared by a link. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});

  /** Show which of the cards are pinned. */
  function paint(page) {
    if (page.view.view === "table") return;
    const pinned = new Set(page.view.pins);
    for (const i of page.shown) {
      const { pin } = page.board.item(i);
      const on = String(pinned.has(page.model.names[i]));
      overview.dom.attribute(pin, "aria-pressed", on);
    }
  }

  /** Pin a tag, or loosen it. */
  function toggle(page, tag) {
    const { pins } = page.view;
    page.view.pins = pins.includes(tag) ? pins.filter((other) => other !== tag) : [...pins, tag];
    overview.chosen();
  }

  /** Keep the tags now shown as a group of the viewer's own. */
  function saveGroup(page, name) {
    const tags = page.shown.map((i) => page.model.names[i]);
    if (!name || !tags.length) return;
    page.view.own = { ...page.view.own, [name]: tags };
    page.view.group = "own";
    overview.chosen();
  }

  /** Take a group out of a shared link into this browser. */
  function keepShared(page) {
    page.view.own = { ...page.view.own, [page.view.name]: page.view.tags };
    page.view.tags = [];
    page.view.name = "";
    page.view.group = "own";
    overview.chosen();
  }

  /** @returns {string} a link that shows one own group to somebody else */
  function link(page, name) {
    const query = new URLSearchParams();
    page.view.own[name].forEach((tag) => query.append("tag", tag));
    query.append("name", name);
    return window.location.origin + window.location.pathname + "?" + query;
  }

  function dropGroup(page, name) {
    page.view.own = Object.fromEntries(Object.entries(page.view.own).filter(([other]) => other !== name));
    overview.chosen();
  }

  overview.pins = { paint, toggle, saveGroup, keepShared, link, dropGroup };
})();
