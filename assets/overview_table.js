/** The table view of the same frame: a row a tag, sortable by its headings. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const FIRST_DOWN = new Set(["age", "alarm", "quality"]);
  const STEADY = new Set(["tag", "unit"]);
  const WORDS = new Set(["tag", "unit", "reasons"]);
  /** Digits of a value that its column shows in the type of the others. */
  const WIDE = 15;

  /** @returns {HTMLElement} the table with its headings; rows are placed by the page */
  function build(view) {
    const { el } = overview.dom;
    const heads = overview.view.COLUMNS.map((column) => {
      const sort = view.by !== column ? "none" : view.down ? "descending" : "ascending";
      const arrow = sort === "none" ? "" : sort === "descending" ? " ↓" : " ↑";
      return el("div", { class: "tags-table__cell tags-table__cell--" + column, role: "columnheader", "aria-sort": sort },
        el("button", { type: "button", class: "tags-table__sort", "data-act": "by", "data-value": column },
          window.ksys.t(`column_${column}`) + arrow));
    });
    const body = el("div", { class: "tags-table__body", role: "rowgroup" });
    const node = el("div", { class: "tags-table", role: "table", "aria-label": window.ksys.t("table") },
      el("div", { class: "tags-table__head", role: "rowgroup" }, el("div", { class: "tags-table__row", role: "row" }, ...heads)),
      body);
    return { node, body };
  }

  /** @returns {object} one row */
  function buildRow(model, i) {
    const { el } = overview.dom;
    const name = model.names[i];
    const text = Object.fromEntries(overview.view.COLUMNS.map((column) => [column, document.createTextNode("")]));
    const link = el("a", { href: overview.trendHref(name), class: "tag-card__link", tabindex: -1, title: model.descriptions[i] || name }, name);
    const badge = el("span", { class: "badge" });
    const reasons = el("span", { class: "tags-table__reasons" }, text.reasons);
    const { pin, details } = overview.card.tools(name);
    const inside = { tag: [link, badge], reasons: [reasons, pin, details] };
    const cells = Object.fromEntries(overview.view.COLUMNS.map((column) => [column,
      el("div", { class: "tags-table__cell tags-table__cell--" + column, role: "cell" }, ...(inside[column] || [text[column]]))]));
    overview.card.describe(link, [badge, cells.value, cells.unit]);
    const node = el("div", { class: "tags-table__row", role: "row", "data-tag": name }, ...Object.values(cells));
    text.unit.data = model.units[i];
    return { i, node, link, badge, reasons, pin, value: cells.value, text, shows: {}, seq: 0 };
  }

  function paintValue(row, model) {
    const { i, shows, text } = row;
    if (shows.value === model.value[i]) return;
    shows.value = model.value[i];
    overview.dom.text(text.value, overview.model.valueText(model, i));
    row.value.classList.toggle("tags-table__cell--wide", text.value.length > WIDE);
  }

  function paintRow(row, model, moment) {
    const { i, shows, text } = row;
    const { dom, card } = overview;
    paintValue(row, model);
    if (shows.time !== model.time[i]) {
      shows.time = model.time[i];
      dom.text(text.time, overview.format.stamp(model.time[i], model.zone));
    }
    const badge = model.badges[model.shown[i]];
    const quality = model.qualities[model.quality[i]];
    const alarm = model.alarms[model.alarm[i]];
    const words = overview.model.wordsOf(model, i).join(" · ");
    const key = [badge, quality, alarm, words].join("|");
    if (shows.state !== key) {
      shows.state = key;
      row.node.className = "tags-table__row tags-table__row--" + card.slug(badge);
      row.badge.className = "badge badge--" + card.slug(badge);
      row.badge.textContent = badge === "NORMAL" ? "" : card.label(badge);
      dom.text(text.quality, card.label(quality));
      dom.text(text.alarm, card.label(alarm));
      dom.text(text.reasons, words);
      dom.attribute(row.reasons, "title", words || null);
    }
    paintAge(row, model, moment);
  }

  function paintAge(row, model, moment) {
    const time = model.time[row.i];
    overview.dom.text(row.text.age, Number.isFinite(time) ? overview.format.span(moment - time) : "–");
  }

  /** @returns {number} the place of a code in its order: what is not judged stands lowest */
  const rank = (words, code) => (code === words.length - 1 ? -1 : code);

  /** @returns {number|string} what a column sorts by; what is absent stands lowest */
  function sortKey(model, column, i) {
    if (column === "time" || column === "age") return Number.isFinite(model.time[i]) ? model.time[i] : -Infinity;
    if (column === "value") return model.value[i] === null ? -Infinity : model.value[i];
    if (column === "quality") return rank(model.qualities, model.quality[i]);
    if (column === "alarm") return rank(model.alarms, model.alarm[i]);
    if (column === "unit") return model.units[i];
    if (column === "reasons") return overview.model.wordsOf(model, i).join();
    return model.names[i];
  }

  const numeric = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  /**
   * @returns {number[]} the tags in the order of the chosen column, pins before the others and equals
   *   in the order of the catalogue; as they came when no column is chosen
   */
  function sorted(model, view, tags) {
    if (!view.by) return tags;
    const pinned = overview.order.pins(model, view);
    const keys = new Array(model.n);
    const pin = new Uint8Array(model.n);
    for (const i of tags) {
      keys[i] = sortKey(model, view.by, i);
      pin[i] = pinned.has(i) ? 0 : 1;
    }
    const turn = (view.down ? -1 : 1) * (view.by === "age" ? -1 : 1);
    const compare = WORDS.has(view.by) ? overview.format.compare : numeric;
    return [...tags].sort((a, b) => pin[a] - pin[b] || turn * compare(keys[a], keys[b]) || a - b);
  }

  /** @returns {boolean} whether the order of the rows can change with each frame */
  function moves(view) {
    return view.view === "table" && view.by !== null && !STEADY.has(view.by);
  }

  overview.table = { build, sorted, moves, row: { build: buildRow, paint: paintRow, paintAge }, FIRST_DOWN };
})();
