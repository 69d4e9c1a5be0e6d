/** One card a tag: built once from data, then patched where something changed. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  /** Status = word + shape + colour; the shape alone tells states apart in greyscale. */
  const SHAPES = {
    STALE: "◌", "NO DATA": "○", BAD: "✕", CLOCK: "◷", CRITICAL: "⬢", WARNING: "▲",
    LATE: "◔", SUSPECT: "?", "RULE ERROR": "‼", "NO RULE": "", DISABLED: "⊘", NORMAL: "",
  };
  const BUCKETS = 60;
  /** States in which a change since the reference says nothing. */
  const UNSURE = ["BAD", "STALE", "NO DATA"];
  /** Digits that fit on a card in each step of type, largest first; the last step takes the rest. */
  const STEPS = [11, 13.5, 18];
  let described = 0;

  /** @returns {string} "no-data" for "NO DATA": the state as part of a class name */
  const slug = (state) => state.toLowerCase().replace(" ", "-");

  /** @returns {string} the state in the page's language */
  const word = (state) => window.ksys.t(`state_${slug(state).replace("-", "_")}`);

  /** @returns {string} shape and word, as on a badge */
  const label = (state) => (SHAPES[state] ? SHAPES[state] + " " : "") + word(state);

  function button(kind, title, glyph) {
    const { el } = overview.dom;
    return el("button", { type: "button", class: "tag-card__tool tag-card__" + kind, tabindex: -1, "data-act": kind, "aria-label": title, title }, glyph);
  }

  /** @returns {{pin: HTMLElement, details: HTMLElement}} the buttons of one tag */
  function tools(name) {
    const pin = button("pin", window.ksys.t("pin_tag", { tag: name }), "⚲");
    pin.setAttribute("aria-pressed", "false");
    return { pin, details: button("details", window.ksys.t("details_of", { tag: name }), "⋯") };
  }

  /** Let a link be heard with its state and value after the name, as far as they are shown then. */
  function describe(link, parts) {
    parts.forEach((part) => { part.id = "part-" + ++described; });
    link.setAttribute("aria-describedby", parts.map((part) => part.id).join(" "));
  }

  /** @returns {object} card: its node, the parts that change, and what they show */
  function build(model, i) {
    const { el } = overview.dom;
    const name = model.names[i];
    const words = ["badge", "value", "unit", "also", "delta", "low", "high", "age", "time"];
    const text = Object.fromEntries(words.map((part) => [part, document.createTextNode("")]));
    const badge = el("span", { class: "badge" }, text.badge);
    const also = el("b", { class: "also" }, text.also);
    const value = el("span", { class: "value__number", "data-act": "exact" }, text.value);
    const number = el("p", { class: "value" }, value, el("small", {}, text.unit));
    const delta = el("span", {}, text.delta);
    const level = overview.dom.svg("svg", { class: "level", "aria-hidden": "true" });
    const mark = overview.level.mark();
    const range = el("div", { class: "range" }, el("span", {}, text.low), el("span", {}, text.high));
    const spark = overview.spark.build(BUCKETS);
    const { pin, details } = tools(name);
    const link = el("a", { class: "tag-card__link", href: overview.trendHref(name), tabindex: -1 }, name);
    describe(link, [badge, also, number]);
    // The body has a size of its own: a changed number lays it out alone, not the grid of thousands.
    const node = el("article", { class: "tag-card", "data-tag": name }, el("div", { class: "tag-card__body" },
      el("header", {}, el("h3", { title: name }, link),
        el("small", { title: model.descriptions[i] || null }, model.descriptions[i]), badge),
      number,
      el("p", { class: "delta" }, also, delta), level, range, spark.node,
      el("div", { class: "age" }, el("span", {}, text.age), el("time", {}, text.time)),
      el("div", { class: "tag-card__tools" }, pin, details)));
    text.unit.data = model.states[i] ? "" : model.units[i];
    if (model.states[i]) node.classList.add("tag-card--digital");
    return { i, node, link, text, badge, also, value, number, delta, level, mark, range, spark, pin, seq: 0, shows: {} };
  }

  /** @returns {string} "+6.1 bar · 3.0 % of span · 1 h", a dash where there is no reference */
  function deltaText(model, i) {
    if (model.states[i]) return "";
    const delta = model.delta[i];
    if (delta === null) return "–";
    const { signed, percent, span } = overview.format;
    const parts = [signed(delta, model.decimals[i]) + (model.units[i] ? " " + model.units[i] : "")];
    const width = model.widths[i];
    if (width) parts.push(window.ksys.t("of_span", { share: percent(Math.abs(delta) / width) + " %" }));
    parts.push(span(model.reference * 1000));
    return parts.join(" · ");
  }

  /** @returns {string|null} the change as from → to, with the relative change where it has a meaning */
  function deltaTitle(model, i) {
    const delta = model.delta[i];
    if (delta === null || model.value[i] === null || model.states[i]) return null;
    const before = model.value[i] - delta;
    const { number, percent, signed } = overview.format;
    const from = number(before, model.decimals[i]) + " → " + number(model.value[i], model.decimals[i]);
    const width = model.widths[i];
    const meaning = width ? Math.abs(before) > 0.01 * width : false;
    if (!meaning) return from;
    const share = delta / Math.abs(before);
    return from + " · " + (share < 0 ? "−" : "+") + percent(Math.abs(share)) + " %";
  }

  /** @returns {string} both ends of the range in full, and where it comes from if from no rule */
  function rangeTitle(range) {
    const { number } = overview.format;
    const ends = number(range.low, null) + " ~ " + number(range.high, null);
    return range.rule ? ends : ends + " · " + window.ksys.t("range_of_hour");
  }

  /** Paint the level bar where it changed: its zones with the range, the mark with the value. */
  function paintLevel(card, model) {
    const { i, shows } = card;
    if (model.states[i]) return;
    const range = overview.level.range(model, i);
    const key = range ? range.low + "~" + range.high : "";
    if (shows.range !== key) {
      shows.range = key;
      overview.level.zones(card.level, range, model.limits[i]);
      card.text.low.data = range ? overview.format.compact(range.low) : "";
      card.text.high.data = range ? overview.format.compact(range.high) : "";
      card.range.title = range ? rangeTitle(range) : "";
      if (range) card.level.append(card.mark);
    }
    const value = model.value[i];
    if (!range) return;
    const share = value === null ? null : (value - range.low) / (range.high - range.low);
    const place = share === null ? null : (Math.max(0, Math.min(1, share)) * 100).toFixed(1) + "%";
    overview.dom.attribute(card.mark, "x", place || "0%");
    overview.dom.attribute(card.mark, "visibility", place === null ? "hidden" : null);
    card.level.classList.toggle("level--outside", share !== null && (share < 0 || share > 1));
  }

  /** Paint the state: class, badge, and what stands beside the badge. */
  function paintState(card, model) {
    const { i, shows, text } = card;
    const states = overview.model.statesOf(model, i);
    const words = overview.model.wordsOf(model, i);
    const key = states.join() + "|" + words.join("\n");
    if (shows.state === key) return;
    shows.state = key;
    const badge = states[0];
    card.node.className = "tag-card" + states.map((state) => " tag-card--" + slug(state)).join("")
      + (model.states[i] ? " tag-card--digital" : "") + (model.rule_notes[i] ? " tag-card--noted" : "");
    card.badge.className = "badge badge--" + slug(badge);
    text.badge.data = badge === "NORMAL" ? "" : label(badge);
    text.also.data = states.slice(1).map(label).concat(words).join(" · ");
    card.also.title = text.also.data;
    paintDelta(card, model, states.some((state) => UNSURE.includes(state)));
  }

  /** Paint the change; a dash where the value or its age makes none of it. */
  function paintDelta(card, model, unsure) {
    const { i, shows } = card;
    const from = [model.delta[i], model.value[i], unsure];
    if (shows.change && from.every((each, k) => each === shows.change[k])) return;
    Object.assign(shows, { unsure, change: from });
    overview.dom.text(card.text.delta, unsure && !model.states[i] ? "–" : deltaText(model, i));
    overview.dom.attribute(card.delta, "title", unsure ? null : deltaTitle(model, i));
  }

  /** Paint the number, in type so small that all of it and its unit show. */
  function paintValue(card, model) {
    const { i, shows, text } = card;
    if (shows.value === model.value[i]) return;
    shows.value = model.value[i];
    overview.dom.text(text.value, overview.model.valueText(model, i));
    card.value.removeAttribute("title");
    const digits = text.value.length * (model.states[i] ? 1.6 : 1) + 0.45 * text.unit.length;
    const step = STEPS.filter((most) => digits > most).length;
    overview.dom.attribute(card.number, "class", step ? "value value--" + step : "value");
  }

  /** Paint the age and the time of the reading. */
  function paintAge(card, model, moment) {
    const { text, i } = card;
    const time = model.time[i];
    const { format, dom } = overview;
    const known = Number.isFinite(time);
    dom.text(text.age, known ? window.ksys.t("ago", { age: format.span(moment - time) }) : "");
    if (card.shows.time === time) return;
    card.shows.time = time;
    dom.text(text.time, format.time(time, model.zone, moment));
    text.time.parentNode.title = known ? format.stamp(time, model.zone) : "";
  }

  /** Patch a card to the model: only texts, widths and classes that changed are touched. */
  function paint(card, model, moment) {
    const { i, shows } = card;
    paintState(card, model);
    if (card.seq !== model.seq) {
      card.seq = model.seq;
      paintValue(card, model);
      paintDelta(card, model, shows.unsure);
      paintLevel(card, model);
    }
    paintAge(card, model, moment);
    if (shows.spark !== model.sparkSeq) {
      shows.spark = model.sparkSeq;
      overview.spark.paint(card.spark, model.sparks && model.sparks[i], model.limits[i]);
      paintLevel(card, model);
    }
  }

  overview.card = { build, paint, paintAge, tools, describe, slug, word, label, SHAPES };
})();
