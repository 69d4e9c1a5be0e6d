/**
 * What the viewer chose: search, states, order, groups, view, interval, pins. All of it is in the
 * address, so a link reproduces the view. Lists that make a long query stand behind the #, where no
 * server has to take them; they are read in either place.
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
  const LISTS = ["tag", "name", "closed", "pin"];
  /** A server takes 8,190 bytes of a request line; this leaves room for what stays in the query. */
  const QUERY = 2000;
  const SEARCH = 200;
  const NAMED = 3;

  /** @returns {number|null} seconds in "30", "30s", "5m" */
  function seconds(text) {
    const match = /^(\d{1,5})(s|m)?$/.exec(text || "");
    return match ? Number(match[1]) * (match[2] === "m" ? 60 : 1) : null;
  }

  /** @returns {[string, string][]} the lists that stand behind the # */
  function behind(hash) {
    return [...new URLSearchParams(hash.replace(/^#/, ""))].filter(([name]) => LISTS.includes(name));
  }

  /** @returns {object} readers of single parameters, which note what cannot be used in `faults` */
  function reader(query, faults) {
    return {
      one(name, choices, otherwise) {
        const asked = query.get(name);
        if (asked === null || choices.includes(asked)) return asked === null ? otherwise : asked;
        faults.push([name, asked, choices.join(", ")]);
        return otherwise;
      },
      several(name, choices) {
        const [known, unknown] = parted(query.getAll(name), (value) => choices.includes(value));
        unknown.slice(0, NAMED).forEach((value) => faults.push([name, value, choices.join(", ")]));
        return known;
      },
      number(name, lowest, highest, otherwise) {
        if (!query.has(name)) return otherwise;
        const asked = seconds(query.get(name));
        if (asked !== null && asked >= lowest && asked <= highest) return asked;
        faults.push([name, query.get(name), lowest + "s … " + highest + "s"]);
        return otherwise;
      },
    };
  }

  /** @returns {[Array, Array]} those of which something is true, and the others */
  function parted(values, truth) {
    return [values.filter(truth), values.filter((value) => !truth(value))];
  }

  /**
   * Read the address.
   *
   * @param {string} search the query part
   * @param {number} every seconds between two refreshes when the address says nothing
   * @param {string} [hash] the part behind the query
   * @returns {object} view, with `faults`: what could not be used, as [parameter, value, choices]
   */
  function read(search, every, hash = window.location.hash) {
    const query = new URLSearchParams(search);
    behind(hash).forEach(([name, value]) => query.append(name, value));
    const faults = [];
    const { one, several, number } = reader(query, faults);
    const pins = query.getAll("pin");
    const view = {
      q: (query.get("q") || "").slice(0, SEARCH),
      states: several("state", Object.keys(overview.card.SHAPES)),
      sort: one("sort", SORTS, "worst"),
      group: one("group", GROUPINGS, "none"),
      view: one("view", VIEWS, "cards"),
      by: one("by", COLUMNS, null),
      down: one("down", ["0", "1"], "0") === "1",
      every: number("every", 2, 300, every),
      tags: query.getAll("tag"),
      name: query.get("name") || "",
      closed: query.getAll("closed"),
      details: query.get("details"),
      kiosk: one("kiosk", ["0", "1"], "0") === "1",
      rotate: number("rotate", 5, 3600, 0),
      pins: pins.length ? pins : overview.pins.stored(),
      linked: pins.length > 0,
      own: overview.pins.storedGroups(),
      settled: false,
      faults,
      defaultEvery: every,
    };
    refuse(view);
    return view;
  }

  /** Leave out what says nothing by itself: own groups that this browser lacks, a name of no tags. */
  function refuse(view) {
    const { t } = window.ksys;
    if (view.group === "own" && !Object.keys(view.own).length) {
      const choices = GROUPINGS.filter((group) => group !== "own").join(", ");
      view.faults.push(["group", "own", choices + " (" + t("no_own_groups") + ")"]);
      Object.assign(view, { group: "none", closed: [] });
    }
    if (view.name && !view.tags.length) {
      view.faults.push(["name", view.name, t("names_with_tags")]);
      view.name = "";
    }
  }

  /**
   * Once the tags are known: leave out the names that the plant does not have, and say those of a
   * link. Pins of this browser are then written into the address.
   */
  function settle(view, model) {
    if (view.settled) return;
    view.settled = true;
    const groups = new Set(overview.order.names(model, view));
    const isTag = (tag) => model.index.has(tag);
    const left = (name, values, truth, choices, said = true) => {
      const [known, unknown] = parted(values, truth);
      if (said) unknown.slice(0, NAMED).forEach((value) => view.faults.push([name, value, window.ksys.t(choices)]));
      return known;
    };
    view.pins = left("pin", view.pins, isTag, "names_of_tags", view.linked);
    view.closed = left("closed", view.closed, (group) => groups.has(group), "names_of_groups");
    const details = view.details === null ? [] : [view.details];
    [view.details = null] = left("details", details, isTag, "names_of_tags");
    if (view.pins.length && !view.linked) keep(view);
  }

  /** @returns {string} query and fragment that reproduce the view; other parameters stay */
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
    return query.toString().length > QUERY ? halved(query) : marked("?", query);
  }

  /** @returns {string} a mark and what follows it; nothing without anything */
  function marked(mark, query) {
    const text = query.toString();
    return text ? mark + text : "";
  }

  /** @returns {string} a query without its lists, and these behind the # */
  function halved(query) {
    const lists = new URLSearchParams([...query].filter(([name]) => LISTS.includes(name)));
    LISTS.forEach((name) => query.delete(name));
    return marked("?", query) + marked("#", lists);
  }

  /** Mirror the view into the address without a new page; a # of somebody else's stays. */
  function keep(view) {
    const { pathname, search, hash } = window.location;
    const asked = written(view, search);
    const theirs = asked.includes("#") || behind(hash).length ? "" : hash;
    window.history.replaceState(window.history.state, "", pathname + asked + theirs);
  }

  overview.view = { read, settle, behind, written, keep, seconds, SORTS, GROUPINGS, VIEWS, PERIODS, COLUMNS, SEARCH };
})();
