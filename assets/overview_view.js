/**
 * What the viewer chose: search, states, order, groups, view, interval, pins. All of it is in the
 * address, so a link reproduces the view; pins and own groups are kept in this browser too.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const SORTS = ["worst", "name"];
  const GROUPINGS = ["none", "prefix", "group", "type", "own"];
  const VIEWS = ["cards", "table"];
  const PERIODS = [2, 5, 10, 30, 60, 300];
  const COLUMNS = ["tag", "time", "value", "unit", "age", "quality", "alarm", "reasons"];
  const OURS = [
    "q", "state", "sort", "group", "view", "every", "pin", "tag", "name", "closed", "by", "down",
    "details", "kiosk", "rotate",
  ];
  const PINS = "ksys-pins";
  const GROUPS = "ksys-groups";

  function stored(key, otherwise) {
    try {
      return JSON.parse(window.localStorage.getItem(key)) || otherwise;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof DOMException) return otherwise;
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

  /** @returns {number|null} seconds in "30", "30s", "5m" */
  function seconds(text) {
    const match = /^(\d{1,5})(s|m)?$/.exec(text || "");
    return match ? Number(match[1]) * (match[2] === "m" ? 60 : 1) : null;
  }

  /**
   * Read the address.
   *
   * @param {string} search the query part
   * @param {number} every seconds between two refreshes when the address says nothing
   * @returns {object} view, with `faults`: what could not be used, as [parameter, value, choices]
   */
  function read(search, every) {
    const query = new URLSearchParams(search);
    const faults = [];
    const one = (name, choices, otherwise) => {
      const asked = query.get(name);
      if (asked === null || choices.includes(asked)) return asked === null ? otherwise : asked;
      faults.push([name, asked, choices.join(", ")]);
      return otherwise;
    };
    const number = (name, lowest, highest, otherwise) => {
      if (!query.has(name)) return otherwise;
      const asked = seconds(query.get(name));
      if (asked !== null && asked >= lowest && asked <= highest) return asked;
      faults.push([name, query.get(name), lowest + "s … " + highest + "s"]);
      return otherwise;
    };
    const pins = query.getAll("pin");
    return {
      q: query.get("q") || "",
      states: query.getAll("state"),
      sort: one("sort", SORTS, "worst"),
      group: one("group", GROUPINGS, "none"),
      view: one("view", VIEWS, "cards"),
      by: one("by", COLUMNS, null),
      down: query.get("down") === "1",
      every: number("every", 2, 300, every),
      tags: query.getAll("tag"),
      name: query.get("name") || "",
      closed: query.getAll("closed"),
      details: query.get("details"),
      kiosk: one("kiosk", ["0", "1"], "0") === "1",
      rotate: number("rotate", 5, 3600, 0),
      pins: pins.length ? pins : stored(PINS, []),
      own: stored(GROUPS, {}),
      faults,
      defaultEvery: every,
    };
  }

  /** @returns {string} the query part that reproduces the view; other parameters stay */
  function written(view, search) {
    const query = new URLSearchParams(search);
    OURS.forEach((name) => query.delete(name));
    const put = (name, value, otherwise) => value !== otherwise && query.append(name, value);
    view.tags.forEach((tag) => query.append("tag", tag));
    put("name", view.name, "");
    put("q", view.q, "");
    view.states.forEach((state) => query.append("state", state));
    put("sort", view.sort, "worst");
    put("group", view.group, "none");
    put("view", view.view, "cards");
    put("by", view.by, null);
    if (view.down) query.append("down", "1");
    put("every", view.every, view.defaultEvery);
    view.closed.forEach((group) => query.append("closed", group));
    view.pins.forEach((tag) => query.append("pin", tag));
    put("details", view.details, null);
    if (view.kiosk) query.append("kiosk", "1");
    if (view.rotate) query.append("rotate", view.rotate + "s");
    const text = query.toString();
    return text ? "?" + text : "";
  }

  /** Mirror the view into the address without a new page; keep pins and groups in this browser. */
  function keep(view) {
    const address = window.location.pathname + written(view, window.location.search) + window.location.hash;
    window.history.replaceState(window.history.state, "", address);
    store(PINS, view.pins);
    store(GROUPS, view.own);
  }

  overview.view = { read, written, keep, seconds, SORTS, GROUPINGS, VIEWS, PERIODS, COLUMNS };
})();
