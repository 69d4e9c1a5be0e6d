/** Banners (no answer, historian down, bad link) and what screen readers are told. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const NAMED = 3;

  /** @returns {object} the banners' node and the live region for changes of state */
  function build() {
    const { el } = overview.dom;
    const status = el("div", { class: "visually-hidden", role: "status", "aria-live": "polite", id: "overview-status" });
    const banners = el("div", { class: "banners" });
    return { node: el("div", {}, banners, status), banners, status, shows: "" };
  }

  /** @returns {[string, string, string][]} kind, key of the message, its text */
  function messages(page) {
    const { model, view, clock } = page;
    const { t } = window.ksys;
    const found = [];
    const silence = clock ? clock.silence() : 0;
    if (silence) found.push(["fault", "silence", t("no_answer", { span: overview.format.span(silence) })]);
    else if (!model.seq && !model.error && clock && clock.state.strikes) found.push(["fault", "silence", t("no_first_answer")]);
    if (model.error) {
      const since = model.error.as_of ? t("last_good", { time: overview.format.stamp(model.error.as_of, model.zone) }) : "";
      found.push(["fault", "error", (model.error.message.replace(/[.\s]*$/, ". ") + since).trim()]);
    }
    for (const [name, value, choices] of view.faults) {
      found.push(["warning", "link", t("bad_link", { name, value, choices })]);
    }
    const strangers = model.version ? view.tags.filter((tag) => !model.index.has(tag)) : [];
    for (const tag of strangers.slice(0, NAMED)) found.push(["warning", "tag", t("unknown_tag_in_link", { tag })]);
    if (view.name && view.tags.length) {
      found.push(["note", "shared", t("shared_group", { name: view.name, n: view.tags.length })]);
    }
    if (model.version && model.n === 0) found.push(["note", "empty", t("no_tags")]);
    else if (model.seq && page.shown.length === 0 && !view.closed.length) found.push(["note", "none", t("nothing_found")]);
    if (page.newer) found.push(["note", "newer", t("newer_version")]);
    return found;
  }

  /** Show the banners; only what changed is touched. */
  function paint(page) {
    const found = messages(page);
    const kinds = found.map(([level, key]) => level + key).join();
    const { notices } = page;
    if (notices.shows !== kinds) {
      notices.shows = kinds;
      notices.banners.replaceChildren(...found.map(([level, key]) => banner(level, key)));
    }
    found.forEach(([, , text], k) => overview.dom.text(notices.banners.children[k].firstChild.firstChild, text));
    page.root.classList.toggle("overview--old", found.some(([level]) => level === "fault"));
  }

  function banner(level, key) {
    const { el } = overview.dom;
    const acts = { none: "clear", newer: "reload", shared: "own-keep", link: "dismiss", tag: "dismiss" };
    const act = acts[key]
      ? el("button", { type: "button", class: "seg", "data-act": acts[key] }, window.ksys.t(`act_${acts[key].replace("-", "_")}`))
      : null;
    const role = level === "fault" ? "alert" : null;
    return el("div", { class: "notice notice--" + level, role, "data-notice": key }, el("p", {}, document.createTextNode(" ")), act);
  }

  /** Tell screen readers which tags changed their state; values are never read out. */
  function announce(page, turned) {
    const { model, notices } = page;
    if (!turned.length) return;
    const said = turned.slice(0, NAMED)
      .map((i) => model.names[i] + " " + overview.card.word(model.badges[model.shown[i]]));
    if (turned.length > NAMED) said.push(window.ksys.t("and_more", { n: turned.length - NAMED }));
    notices.status.textContent = said.join(", ");
  }

  overview.notices = { build, paint, announce };
})();
