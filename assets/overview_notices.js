/**
 * What the page has to say (no answer, historian down, paused, bad link), and what screen readers
 * are told. What belongs to the link or the search stands above the board; what comes and goes by
 * itself lies in a bar at the lower edge, so that no card moves for it.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const NAMED = 3;
  const PASSING = ["silence", "error", "paused", "newer"];
  const ACTS = { none: "clear", newer: "reload", shared: "own-keep", link: "dismiss", tag: "dismiss" };

  /** @returns {object} the places of the notices and the live region for changes of state */
  function build() {
    const { el } = overview.dom;
    const status = el("div", { class: "visually-hidden", role: "status", "aria-live": "polite", id: "overview-status" });
    const banners = el("div", { class: "banners" });
    const bar = el("div", { class: "banners banners--passing" });
    return { node: el("div", {}, banners, bar, status), banners, bar, status, shown: new Map() };
  }

  /** @returns {string} the time by the database, so many milliseconds ago */
  function timeOf(model, ago) {
    const moment = Math.round(overview.model.now(model) - ago);
    return overview.format.time(moment, model.zone, overview.model.now(model));
  }

  /** @returns {object|null} the watchdog's: it counts for the eye, and is said once to the ear */
  function silent(model, clock) {
    const { t } = window.ksys;
    const quiet = clock.silence();
    if (!model.seq) {
      const failed = quiet || (clock.state.strikes && !model.error);
      return failed ? { level: "fault", key: "silence", text: t("no_first_answer") } : null;
    }
    if (!quiet) return null;
    const text = t("no_answer", { span: overview.format.span(quiet) });
    return { level: "fault", key: "silence", text, said: t("no_answer_since", { time: timeOf(model, quiet) }) };
  }

  function paused(model, clock) {
    if (!clock.state.paused) return null;
    const time = timeOf(model, clock.pausedFor());
    return { level: "warning", key: "paused", text: window.ksys.t(time ? "paused_at" : "paused", { time }) };
  }

  function failing(model) {
    const { message, as_of: moment } = model.error;
    const since = moment ? window.ksys.t("last_good", { time: overview.format.stamp(moment, model.zone) }) : "";
    return { level: "fault", key: "error", text: (message.replace(/[.\s]*$/, ". ") + since).trim() };
  }

  /** @returns {object[]} what the link and the search give cause to say */
  function ofTheView({ model, view, shown }) {
    const { t } = window.ksys;
    const found = view.faults.map(([name, value, choices]) =>
      ({ level: "warning", key: "link", text: t("bad_link", { name, value, choices }) }));
    const strangers = model.version ? view.tags.filter((tag) => !model.index.has(tag)) : [];
    for (const tag of strangers.slice(0, NAMED)) found.push({ level: "warning", key: "tag", text: t("unknown_tag_in_link", { tag }) });
    if (view.name && view.tags.length) {
      found.push({ level: "note", key: "shared", text: t("shared_group", { name: view.name, n: view.tags.length }) });
    }
    if (model.version && model.n === 0) found.push({ level: "note", key: "empty", text: t("no_tags") });
    else if (model.seq && !shown.length && !overview.order.found(model, view).length) found.push({ level: "note", key: "none", text: t("nothing_found") });
    return found;
  }

  /** @returns {object[]} notices: {level, key, text, said?} */
  function messages(page) {
    const { model, clock } = page;
    return [
      clock ? silent(model, clock) : null,
      model.error ? failing(model) : null,
      clock ? paused(model, clock) : null,
      ...ofTheView(page),
      page.newer ? { level: "note", key: "newer", text: window.ksys.t("newer_version") } : null,
    ].filter(Boolean);
  }

  /** Show the notices; only what changed is touched, so an alarm is said once. */
  function paint(page) {
    const { notices } = page;
    const found = messages(page);
    const shown = new Map();
    const standing = [];
    const passing = [];
    found.forEach((notice, k) => {
      const comes = PASSING.includes(notice.key);
      const name = notice.key + (notice.said ? " aloud" : "") + (comes ? "" : k);
      const held = notices.shown.get(name) || banner(notice);
      shown.set(name, held);
      overview.dom.text(held.text, notice.text);
      overview.dom.text(held.said, notice.said || "");
      (comes ? passing : standing).push(held.node);
    });
    notices.shown = shown;
    overview.dom.arrange(notices.banners, standing);
    overview.dom.arrange(notices.bar, passing);
    const old = found.some(({ level, key }) => level === "fault" || key === "paused");
    page.root.classList.toggle("overview--old", old);
  }

  /** @returns {object} a notice; one with words for the ear is not read out as the eye sees it */
  function banner({ level, key, said }) {
    const { el } = overview.dom;
    const text = document.createTextNode(" ");
    const ear = document.createTextNode("");
    const alert = level === "fault" ? "alert" : null;
    const act = ACTS[key]
      ? el("button", { type: "button", class: "seg", "data-act": ACTS[key] }, window.ksys.t(`act_${ACTS[key].replace("-", "_")}`))
      : null;
    const node = el("div", { class: "notice notice--" + level, role: said ? null : alert, "data-notice": key },
      el("p", { "aria-hidden": said ? "true" : null }, text),
      said ? el("p", { class: "visually-hidden", role: alert }, ear) : null, act);
    return { node, text, said: ear };
  }

  /** Tell screen readers which tags changed their state; values are never read out. */
  function announce(page, turned) {
    const { model, notices } = page;
    if (!turned.length) return;
    const said = turned.slice(0, NAMED)
      .map((i) => model.names[i] + " " + overview.card.word(model.badges[model.shown[i]]));
    if (turned.length > NAMED) said.push(window.ksys.t("and_more", { n: turned.length - NAMED }));
    notices.status.textContent = said.join(", ");
    overview.kiosk.alarmed(page, turned);
  }

  overview.notices = { build, paint, announce };
})();
