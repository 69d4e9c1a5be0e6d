/** Which tags are shown, in which groups and order. Works on the model alone; touches no node. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});

  /** @returns {number[]} the tags that the search, the states and the asked tags leave */
  function found(model, view) {
    const words = view.q.toLowerCase().split(/\s+/).filter(Boolean);
    const only = view.tags.length ? new Set(view.tags) : null;
    const states = new Set(view.states);
    const tags = [];
    for (let i = 0; i < model.n; i++) {
      if (only && !only.has(model.names[i])) continue;
      if (!words.every((word) => model.found[i].includes(word))) continue;
      if (states.size && !overview.model.statesOf(model, i).some((state) => states.has(state))) continue;
      tags.push(i);
    }
    return tags;
  }

  /**
   * Sort so that a card moves only when its state changes: pins, then badge, then the worst alarm
   * beside it, then the name's place in the catalogue. Values and ages have no say.
   */
  function sorted(model, view, tags) {
    const pinned = new Set(view.pins);
    const pin = (i) => (pinned.has(model.names[i]) ? 0 : 1);
    const worst = view.sort === "worst";
    return tags.sort((a, b) =>
      pin(a) - pin(b)
      || (worst ? model.shown[a] - model.shown[b] || overview.model.severity(model, b) - overview.model.severity(model, a) : 0)
      || a - b);
  }

  /** @returns {string} the letters a name starts with: D for D101, "FIC-" for FIC-7 */
  function prefix(name) {
    const match = /^[^\d./]+/u.exec(name);
    return match ? match[0].replace(/[-_ ]+$/, "") || match[0] : name.slice(0, 1);
  }

  /** @returns {string[]} names of the groups that a tag is in; "" for none */
  function groupsOf(model, view, i) {
    if (view.group === "prefix") return [prefix(model.names[i])];
    if (view.group === "group") return [model.groups[i] || ""];
    if (view.group === "type") return [model.types[i] || ""];
    const own = Object.keys(view.own).filter((name) => view.own[name].includes(model.names[i]));
    return own.length ? own.slice(0, 1) : [""];
  }

  /** @returns {{name: string|null, tags: number[]}[]} groups in order of name, the nameless last */
  function grouped(model, view) {
    const tags = sorted(model, view, found(model, view));
    if (view.group === "none") return [{ name: null, tags }];
    const groups = new Map();
    for (const i of tags) {
      for (const name of groupsOf(model, view, i)) {
        if (!groups.has(name)) groups.set(name, []);
        groups.get(name).push(i);
      }
    }
    return [...groups].map(([name, members]) => ({ name, tags: members }))
      .sort((a, b) => (a.name === "") - (b.name === "") || a.name.localeCompare(b.name, undefined, { numeric: true }));
  }

  /** @returns {Object<string, number>} tags in each state; a tag counts in every state it is in */
  function counts(model, tags) {
    const count = {};
    for (const i of tags) {
      for (const state of overview.model.statesOf(model, i)) count[state] = (count[state] || 0) + 1;
    }
    return count;
  }

  overview.order = { found, sorted, grouped, counts, prefix };
})();
