/** Which tags are shown, in which groups and order. Works on the model alone; touches no node. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const PINNED = -1e6;

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
    const pinned = pins(model, view);
    const worst = view.sort === "worst";
    const rank = new Int32Array(model.n);
    for (const i of tags) {
      rank[i] = (worst ? model.shown[i] * 10 - overview.model.severity(model, i) : 0) + (pinned.has(i) ? PINNED : 0);
    }
    return tags.sort((a, b) => rank[a] - rank[b] || a - b);
  }

  /** @returns {Set<number>} the tags that are pinned */
  function pins(model, view) {
    return new Set(view.pins.map((tag) => model.index.get(tag)));
  }

  /** @returns {string} the letters a name starts with: D for D101, "FIC-" for FIC-7 */
  function prefix(name) {
    const match = /^[^\d./]+/u.exec(name);
    return match ? match[0].replace(/[-_ ]+$/, "") || match[0] : name.slice(0, 1);
  }

  /** @returns {Map<string, string>} own groups of each tag; what is in two of them stands apart, as "A + B" */
  function ownGroups(view) {
    const groups = new Map();
    for (const [name, tags] of Object.entries(view.own)) {
      for (const tag of new Set(tags)) groups.set(tag, groups.has(tag) ? groups.get(tag) + " + " + name : name);
    }
    return groups;
  }

  /** @returns {function(number): string} gives the name of a tag's group; "" for none */
  function grouping(model, view) {
    if (view.group === "prefix") return (i) => prefix(model.names[i]);
    if (view.group === "group") return (i) => model.groups[i] || "";
    if (view.group === "type") return (i) => model.types[i] || "";
    const own = ownGroups(view);
    return (i) => own.get(model.names[i]) || "";
  }

  /** @returns {string[]} names of all groups of the plant, whatever is found */
  function names(model, view) {
    if (view.group === "none") return [];
    return [...new Set(Array.from({ length: model.n }, (_, i) => i).map(grouping(model, view)))];
  }

  /** @returns {{name: string|null, tags: number[]}[]} groups in order of name, the nameless last */
  function grouped(model, view) {
    const tags = sorted(model, view, found(model, view));
    if (view.group === "none") return [{ name: null, tags }];
    const groups = new Map();
    const nameOf = grouping(model, view);
    for (const i of tags) {
      const name = nameOf(i);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(i);
    }
    return [...groups].map(([name, members]) => ({ name, tags: members }))
      .sort((a, b) => (a.name === "") - (b.name === "") || overview.format.compare(a.name, b.name));
  }

  /** @returns {Object<string, number>} tags in each state; a tag counts in every state it is in */
  function counts(model, tags) {
    const count = {};
    for (const i of tags) {
      for (const state of overview.model.statesOf(model, i)) count[state] = (count[state] || 0) + 1;
    }
    return count;
  }

  overview.order = { found, sorted, grouped, counts, prefix, pins, names };
})();
