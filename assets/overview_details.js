/** The details of one tag in a dialog: exact value, reasons, rule, last readings, time in state. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const SHARES = ["NORMAL", "WARNING", "CRITICAL", "BAD", "UNJUDGED", "NO DATA"];
  const slugOf = (state) => state.toLowerCase().replace(" ", "_");

  async function ask(page, i, what) {
    const query = new URLSearchParams({ tag: page.model.names[i] });
    const response = await window.fetch(page.root.dataset[what] + "?" + query, { cache: "no-store" });
    return response.json();
  }

  /** @returns {Promise<string>} the value with every digit, for the number's title */
  async function exact(page, i) {
    try {
      const body = await ask(page, i, "reading");
      return body.value === null || body.value === undefined ? "–" : overview.format.exact(body.value) + " " + page.model.units[i];
    } catch (error) {
      if (error instanceof TypeError || error instanceof SyntaxError) return "";
      throw error;
    }
  }

  function rows(pairs) {
    const { el } = overview.dom;
    return el("dl", { class: "details__list" }, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  }

  function readings(page, i, body) {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const line = ([moment, value, qc]) => el("tr", {},
      el("td", {}, overview.format.stamp(moment, page.model.zone)),
      el("td", {}, value === null ? "–" : overview.format.exact(value)), el("td", {}, String(qc)));
    return el("table", { class: "details__table" },
      el("caption", {}, t("last_readings")),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("column_time")), el("th", { scope: "col" }, t("column_value")), el("th", { scope: "col" }, "qc"))),
      el("tbody", {}, ...body.readings.map(line)));
  }

  function shares(body) {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const head = el("tr", {}, el("th", { scope: "col" }, ""), ...SHARES.map((key) => el("th", { scope: "col" }, t(`share_${slugOf(key)}`))));
    const line = (hours) => el("tr", {}, el("th", { scope: "row" }, t("span_hours", { n: hours })),
      ...SHARES.map((key) => el("td", {}, overview.format.percent((body.time_in_state[hours][key] || 0) / 100) + " %")));
    return el("table", { class: "details__table" }, el("caption", {}, t("time_in_state")),
      el("thead", {}, head), el("tbody", {}, ...Object.keys(body.time_in_state).map(line)));
  }

  function content(page, i, body) {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const { model } = page;
    const states = overview.model.statesOf(model, i).map(overview.card.label).join(" · ");
    const facts = [
      [t("state"), states],
      [t("column_reasons"), overview.model.wordsOf(model, i).join(" · ") || "–"],
      [t("column_value"), body.value === null ? "–" : overview.format.exact(body.value) + " " + model.units[i]],
      [t("column_time"), overview.format.stamp(body.time, model.zone)],
      [t("gap_allowed"), overview.format.span(model.gaps[i] * 1000)],
    ];
    const rule = Object.entries(body.rule || {}).filter(([, value]) => value !== null)
      .map(([name, value]) => [name, typeof value === "number" ? overview.format.exact(value) : String(value)]);
    return [
      rows(facts), body.time_in_state ? shares(body) : null,
      el("h3", {}, t("rule")), rule.length ? rows(rule) : el("p", {}, overview.card.word("NO RULE")),
      readings(page, i, body),
    ].filter(Boolean);
  }

  /** Open the dialog of a tag; focus goes back to its card when it is closed. */
  async function open(page, i) {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const name = page.model.names[i];
    const body = el("div", { class: "details__body", "aria-busy": "true" }, el("p", {}, t("loading")));
    const dialog = el("dialog", { class: "details", "aria-label": t("details_of", { tag: name }) },
      el("header", { class: "details__head" }, el("h2", {}, name), el("small", {}, page.model.descriptions[i]),
        el("span", { class: "grow" }), el("a", { href: overview.trendHref(name), class: "seg tag-card__link-plain" }, t("open_trend")),
        el("button", { type: "button", class: "seg", "data-close": true }, t("close"))), body);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
    dialog.addEventListener("close", () => shut(page, i, dialog));
    page.root.append(dialog);
    dialog.showModal();
    page.view.details = name;
    overview.view.keep(page.view);
    await load(page, i, body);
  }

  async function load(page, i, body) {
    try {
      const found = await ask(page, i, "details");
      body.replaceChildren(...(found.readings ? content(page, i, found) : [overview.dom.el("p", {}, found.message)]));
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      body.replaceChildren(overview.dom.el("p", {}, window.ksys.t("no_details")));
    }
    body.removeAttribute("aria-busy");
  }

  function shut(page, i, dialog) {
    dialog.remove();
    page.view.details = null;
    overview.view.keep(page.view);
    if (page.shown.includes(i)) page.board.item(i).link.focus({ preventScroll: true });
  }

  /** Open the dialog that the address names. */
  function restore(page) {
    const i = page.model.index.get(page.view.details);
    if (i !== undefined) open(page, i);
  }

  overview.details = { open, exact, restore };
})();
