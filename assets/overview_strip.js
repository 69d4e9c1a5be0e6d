/** The strip: counts by state, which are also the filter; search, order, view, clock and pause. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});

  function choice(act, value, label) {
    return overview.dom.el("button", { type: "button", class: "seg", "data-act": act, "data-value": value, "aria-pressed": "false" }, label);
  }

  function select(id, label, values, word) {
    const { el } = overview.dom;
    const options = values.map((value) => el("option", { value }, word(value)));
    return el("select", { id, class: "strip__select", "aria-label": label, title: label }, ...options);
  }

  /** @returns {object} the strip's node and the parts that change */
  function build() {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const { GROUPINGS, PERIODS } = overview.view;
    const counts = el("div", { class: "strip__counts", role: "group", "aria-label": t("filter_by_state") });
    const search = el("input", {
      type: "search", id: "overview-search", class: "strip__search", placeholder: t("find_a_tag") + "  /",
      "aria-label": t("find_a_tag"), autocomplete: "off", spellcheck: "false",
    });
    const worst = choice("sort", "worst", t("worst_first"));
    const table = choice("view", "table", t("table"));
    const group = select("overview-group", t("group_by"), GROUPINGS, (value) => t(`group_${value}`));
    const every = select("overview-every", t("refresh_interval"), PERIODS, (value) =>
      t("every", { span: overview.format.span(value * 1000) }));
    const clock = document.createTextNode("");
    const pause = el("button", { type: "button", class: "quiet strip__pause", "data-act": "pause", "aria-pressed": "false", title: t("pause_key"), "aria-label": t("pause") }, "❚❚");
    const dot = el("i", { class: "strip__dot", "aria-hidden": "true" });
    const word = el("span", { class: "strip__word", hidden: true }, t("paused"));
    const screens = document.createTextNode("");
    const more = el("button", { type: "button", class: "quiet", "data-act": "menu", title: t("more"), "aria-label": t("more") }, "⋮");
    const node = el("section", { class: "strip", "aria-label": t("strip") },
      counts, el("span", { class: "grow" }), search,
      el("span", { class: "strip__tools" }, worst, group, table, more),
      el("span", { class: "strip__clock" }, el("span", { class: "strip__screens" }, screens), dot,
        el("span", { class: "strip__time" }, el("span", { class: "strip__digits" }, clock)),
        el("span", { class: "strip__every" }, every, word), pause));
    return { node, counts, search, worst, table, group, every, word, screens, clock, pause, dot, shows: {} };
  }

  /** Show the number of tags in each state; states with no tag are left out, unless chosen. */
  function paintCounts(strip, model, view, count, total) {
    const states = model.badges.filter((state) => count[state] || view.states.includes(state));
    const key = JSON.stringify([states.map((state) => [state, count[state]]), total, view.states]);
    if (strip.shows.counts === key) return;
    strip.shows.counts = key;
    const held = document.activeElement && strip.counts.contains(document.activeElement)
      ? document.activeElement.dataset.value : null;
    const all = counter("", window.ksys.t("all"), total, view.states.length === 0);
    strip.counts.replaceChildren(all, ...inStripOrder(states).map((state) =>
      counter(state, calm(overview.card.label(state)), count[state] || 0, view.states.includes(state))));
    if (held === null) return;
    const again = [...strip.counts.children].find((node) => node.dataset.value === held);
    if (again) again.focus({ preventScroll: true });
  }

  /** @returns {string[]} alarms first: what an operator looks for, then what cannot be trusted */
  function inStripOrder(states) {
    const first = ["CRITICAL", "WARNING"];
    return [...first.filter((state) => states.includes(state)), ...states.filter((state) => !first.includes(state))];
  }

  /** @returns {string} a label without shouting: "▲ Warning" */
  function calm(label) {
    return label.toLowerCase().replace(/\p{L}/u, (letter) => letter.toUpperCase());
  }

  function counter(state, label, number, on) {
    const { el } = overview.dom;
    const kind = state ? " count--" + overview.card.slug(state) : "";
    return el("button", {
      type: "button", class: "count" + kind, "data-act": "state", "data-value": state, "aria-pressed": String(on),
    }, label, el("b", {}, overview.format.number(number, 0)));
  }

  /** Show the choices of the viewer. */
  function paintChoices(strip, view) {
    const { attribute } = overview.dom;
    if (strip.search.value !== view.q) strip.search.value = view.q;
    attribute(strip.worst, "aria-pressed", String(view.sort === "worst"));
    attribute(strip.table, "aria-pressed", String(view.view === "table"));
    strip.group.value = view.group;
    if (![...strip.every.options].some((option) => Number(option.value) === view.every)) {
      const span = overview.format.span(view.every * 1000);
      strip.every.append(overview.dom.el("option", { value: view.every }, window.ksys.t("every", { span })));
    }
    strip.every.value = String(view.every);
  }

  /** Show the database's time and whether the page refreshes. */
  function paintClock(strip, model, state) {
    const moment = overview.model.now(model);
    const text = Number.isFinite(moment) ? overview.format.time(moment, model.zone, moment) : "–";
    overview.dom.text(strip.clock, text);
    overview.dom.attribute(strip.pause, "aria-pressed", String(state.paused));
    overview.dom.text(strip.pause.firstChild, state.paused ? "▶" : "❚❚");
    overview.dom.attribute(strip.word, "hidden", state.paused ? null : "");
    const title = window.ksys.t(state.paused ? "resume_key" : "pause_key");
    overview.dom.attribute(strip.pause, "title", title);
    const kind = state.paused ? "paused" : state.strikes ? "troubled" : "alive";
    overview.dom.attribute(strip.dot, "class", "strip__dot strip__dot--" + kind);
  }

  /** Show which screenful of a wall screen is on, as 2/5; nothing where there is but one. */
  function paintScreens(strip, at, count) {
    overview.dom.text(strip.screens, count > 1 ? at + 1 + "/" + count : "");
    overview.dom.attribute(strip.screens.parentNode, "title", count > 1 ? window.ksys.t("screen_of", { n: at + 1, count }) : null);
  }

  overview.strip = { build, paintCounts, paintChoices, paintClock, paintScreens };
})();
