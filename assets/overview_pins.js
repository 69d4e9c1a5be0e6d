/** Pins and the viewer's own groups: kept in this browser, shared by a link. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const PINS = "ksys-pins";
  const GROUPS = "ksys-groups";

  /** @returns {*} what this browser keeps under a name; null if that is nothing or no JSON */
  function kept(key) {
    try {
      return JSON.parse(window.localStorage.getItem(key));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof DOMException) return null;
      throw error;
    }
  }

  function store(key, value) {
    try {
      window.localStorage.setItem(key, JSON.stringify(value));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }

  const areNames = (value) => Array.isArray(value) && value.every((name) => typeof name === "string");

  /** @returns {string[]} the viewer's own pins */
  function stored() {
    const pins = kept(PINS);
    return areNames(pins) ? pins : [];
  }

  /** @returns {Object<string, string[]>} the viewer's own groups: what has the shape of one */
  function storedGroups() {
    const groups = kept(GROUPS);
    if (groups === null || typeof groups !== "object" || Array.isArray(groups)) return {};
    return Object.fromEntries(Object.entries(groups).filter(([, tags]) => areNames(tags)));
  }

  /** Show which of the tags are pinned. */
  function paint(page) {
    overview.view.settle(page.view, page.model);
    const pinned = new Set(page.view.pins);
    for (const i of page.shown) {
      const { pin } = page.board.item(i);
      overview.dom.attribute(pin, "aria-pressed", String(pinned.has(page.model.names[i])));
    }
  }

  const without = (names, gone) => names.filter((name) => name !== gone);
  const withLast = (names, name) => [...without(names, name), name];

  /** Pin a tag, or loosen it: here, and that one alone among the viewer's own pins. */
  function toggle(page, tag) {
    const change = page.view.pins.includes(tag) ? without : withLast;
    page.view.pins = change(page.view.pins, tag);
    store(PINS, change(stored(), tag));
    overview.chosen();
  }

  /** Keep other groups, show them, and close none that is no longer there. */
  function keepGroups(page, groups) {
    const { view } = page;
    store(GROUPS, groups);
    view.own = groups;
    view.group = Object.keys(groups).length ? "own" : "none";
    const names = overview.order.names(page.model, view);
    view.closed = view.closed.filter((name) => names.includes(name));
    overview.chosen();
  }

  /** Keep tags as a group of the viewer's own. */
  function saveGroup(page, name, tags) {
    keepGroups(page, { ...storedGroups(), [name]: tags });
  }

  /** Take a group out of a shared link into this browser. */
  function keepShared(page) {
    const { name, tags } = page.view;
    Object.assign(page.view, { tags: [], name: "" });
    saveGroup(page, name, tags);
  }

  function dropGroup(page, name) {
    keepGroups(page, Object.fromEntries(Object.entries(storedGroups()).filter(([other]) => other !== name)));
  }

  /** @returns {string} a link that shows one own group to somebody else */
  function link(page, name) {
    const blank = overview.view.read("", page.view.defaultEvery, "");
    const shared = { ...blank, pins: [], tags: page.view.own[name], name };
    return window.location.origin + window.location.pathname + overview.view.written(shared, "");
  }

  overview.pins = { stored, storedGroups, paint, toggle, saveGroup, keepShared, link, dropGroup };
})();
