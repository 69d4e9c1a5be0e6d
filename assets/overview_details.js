/**
 * The details of one tag in a dialog: value, age and state as on its card, second by second; rule,
 * last readings and time in state asked for anew while it is open.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const SHARES = ["NORMAL", "WARNING", "CRITICAL", "BAD", "UNJUDGED", "NO DATA"];
  const PATIENCE = 15000;
  const PERIOD = 10000;
  const LEAST = 4000;
  const slugOf = (state) => state.toLowerCase().replace(" ", "_");

  /** @returns {Promise<object>} an answer in JSON; given up when it takes too long */
  async function ask(page, tag, what, abort = new AbortController()) {
    const alarm = window.setTimeout(() => abort.abort(), PATIENCE);
    try {
      const address = page.root.dataset[what] + "?" + new URLSearchParams({ tag });
      return await (await window.fetch(address, { cache: "no-store", signal: abort.signal })).json();
    } finally {
      window.clearTimeout(alarm);
    }
  }

  /** @returns {boolean} whether no answer came, or none in JSON; any other error is ours */
  function unanswered(error) {
    return error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException;
  }

  /** @returns {Promise<string>} the value with every digit, for the number's title */
  async function exact(page, i) {
    try {
      const body = await ask(page, page.model.names[i], "reading");
      return body.value === null || body.value === undefined ? "–" : overview.format.exact(body.value) + " " + page.model.units[i];
    } catch (error) {
      if (unanswered(error)) return "";
      throw error;
    }
  }

  function rows(pairs) {
    const { el } = overview.dom;
    return el("dl", { class: "details__list" }, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  }

  function readings(page, body) {
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

  /** @returns {HTMLElement} what the server knows of a tag */
  function content(page, body) {
    const { el } = overview.dom;
    const rule = Object.entries(body.rule || {}).filter(([, value]) => value !== null)
      .map(([name, value]) => [name, typeof value === "number" ? overview.format.exact(value) : String(value)]);
    return el("div", {}, body.time_in_state ? shares(body) : null,
      el("h3", {}, window.ksys.t("rule")), rule.length ? rows(rule) : el("p", {}, overview.card.word("NO RULE")),
      readings(page, body));
  }

  /** Make a tree look like another; what is alike is not touched: focus, scroll and selection stay. */
  function renew(old, fresh) {
    if (old.nodeType === Node.TEXT_NODE && fresh.nodeType === Node.TEXT_NODE) overview.dom.text(old, fresh.data);
    else if (old.nodeName !== fresh.nodeName || old.childNodes.length !== fresh.childNodes.length) old.replaceWith(fresh);
    else [...fresh.childNodes].forEach((child, k) => renew(old.childNodes[k], child));
  }

  /** @returns {[string, string][]} names and values of what the last frame tells */
  function facts({ model }, i) {
    const { t } = window.ksys;
    const { format } = overview;
    const value = overview.model.valueText(model, i);
    const known = Number.isFinite(model.time[i]);
    return [
      [t("state"), overview.model.statesOf(model, i).map(overview.card.label).join(" · ")],
      [t("column_reasons"), overview.model.wordsOf(model, i).join(" · ") || "–"],
      [t("column_value"), (value + " " + model.units[i]).trim()],
      [t("column_time"), format.stamp(model.time[i], model.zone)],
      [t("column_age"), known ? t("ago", { age: format.span(overview.model.now(model) - model.time[i]) }) : "–"],
      [t("gap_allowed"), format.span(model.gaps[i] * 1000)],
    ];
  }

  /** Open the dialog of a tag, one at a time; focus goes back to its card when it is closed. */
  async function open(page, i) {
    if (page.root.querySelector("dialog[open]")) return;
    const { el } = overview.dom;
    const { t } = window.ksys;
    const name = page.model.names[i];
    const list = rows(facts(page, i));
    const trouble = document.createTextNode("");
    const more = el("div", {}, el("div", {}, el("p", {}, t("loading"))));
    const body = el("div", { class: "details__body", "aria-busy": "true" }, list, el("p", { class: "details__trouble" }, trouble), more);
    const dialog = el("dialog", { class: "details", "aria-label": t("details_of", { tag: name }) },
      el("header", { class: "details__head" }, el("h2", {}, name), el("small", {}, page.model.descriptions[i]),
        el("span", { class: "grow" }), el("a", { href: overview.trendHref(name), class: "seg tag-card__link-plain" }, t("open_trend")),
        el("button", { type: "button", class: "seg", "data-close": true }, t("close"))), body);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
    dialog.addEventListener("close", () => shut(page, dialog));
    page.root.append(dialog);
    dialog.showModal();
    page.detail = { name, list, trouble, more, body, abort: null, asked: -Infinity, time: NaN };
    page.view.details = name;
    overview.view.keep(page.view);
    await load(page, i);
  }

  /** Ask for the rest; what was known stays where there is no answer. */
  async function load(page, i) {
    const { detail } = page;
    detail.abort = new AbortController();
    detail.asked = performance.now();
    detail.time = page.model.time[i];
    let [found, trouble] = [null, window.ksys.t("no_details")];
    try {
      const body = await ask(page, detail.name, "details", detail.abort);
      if (body.readings) [found, trouble] = [content(page, body), ""];
      else trouble = body.message || trouble;
    } catch (error) {
      if (!unanswered(error)) throw error;
    }
    detail.abort = null;
    if (page.detail === detail) fill(detail, found, trouble);
  }

  /** Show what was answered, unless the viewer is marking some of it to copy. */
  function fill({ body, more, trouble: said }, found, trouble) {
    const marked = document.getSelection();
    const marking = !marked.isCollapsed && more.contains(marked.anchorNode);
    overview.dom.text(said, trouble);
    if (found && !marking) renew(more.firstChild, found);
    else if (body.hasAttribute("aria-busy")) more.firstChild.replaceChildren();
    body.removeAttribute("aria-busy");
  }

  /** Bring an open dialog up to date: with each frame and each second. */
  function paint(page) {
    const { detail, model } = page;
    const i = detail ? model.index.get(detail.name) : undefined;
    if (i === undefined) return;
    renew(detail.list, rows(facts(page, i)));
    const since = performance.now() - detail.asked;
    const due = since > PERIOD || (since > LEAST && !Object.is(model.time[i], detail.time));
    if (due && !detail.abort && !page.clock.state.paused) load(page, i);
  }

  function shut(page, dialog) {
    const i = page.model.index.get(page.detail.name);
    if (page.detail.abort) page.detail.abort.abort();
    page.detail = null;
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

  overview.details = { open, exact, restore, paint };
})();
