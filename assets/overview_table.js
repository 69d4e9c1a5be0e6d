/** The table view of the same frame: a row a tag, sortable by its headings. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const FIRST_DOWN = new Set(["age", "alarm", "quality"]);

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
    const cells = overview.view.COLUMNS.map((column) =>
      el("div", { class: "tags-table__cell tags-table__cell--" + column, role: "cell" },
        column === "tag" ? link : text[column], column === "tag" ? badge : null));
    const details = el("button", { type: "button", class: "tag-card__tool tag-card__details", tabindex: -1, "data-act": "details", "aria-label": window.ksys.t("details_of", { tag: name }) }, "⋯");
    cells[cells.length - 1].append(details);
    const node = el("div", { class: "tags-table__row", role: "row", "data-tag": name }, ...cells);
    text.unit.data = model.units[i];
    return { i, node, link, badge, text, shows: {}, seq: 0 };
  }

  function paintRow(row, model, moment) {
    const { i, shows, text } = row;
    const { dom, card } = overview;
    if (shows.value !== model.value[i]) {
      shows.value = model.value[i];
      dom.text(text.value, overview.model.valueText(model, i));
    }
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
    }
    paintAge(row, model, moment);
  }

  function paintAge(row, model, moment) {
    const time = model.time[row.i];
    overview.dom.text(row.text.age, Number.isFinite(time) ? overview.format.span(moment - time) : "–");
  }

  /** @returns {*} what a column sorts by */
  function sortKey(model, column, i) {
    if (column === "time" || column === "age") return Number.isFinite(model.time[i]) ? model.time[i] : -Infinity;
    if (column === "value") return model.value[i] === null ? -Infinity : model.value[i];
    if (column === "quality") return model.quality[i];
    if (column === "alarm") return model.alarm[i];
    if (column === "unit") return model.units[i];
    if (column === "reasons") return overview.model.wordsOf(model, i).join();
    return model.names[i];
  }

  /** @returns {number[]} the tags in the order of the chosen column; as they came when none is */
  function sorted(model, view, tags) {
    if (!view.by) return tags;
    const keys = new Map(tags.map((i) => [i, sortKey(model, view.by, i)]));
    const turn = (view.down ? -1 : 1) * (view.by === "age" ? -1 : 1);
    const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a < b ? -1 : a > b ? 1 : 0);
    return [...tags].sort((a, b) => turn * compare(keys.get(a), keys.get(b)) || a - b);
  }

  overview.table = { build, sorted, row: { build: buildRow, paint: paintRow, paintAge }, FIRST_DOWN };
})();
