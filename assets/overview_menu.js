/** What is needed seldom: own groups, a link to share, the kiosk, the keys. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const KEYS = [["/", "key_search"], ["space", "key_pause"], ["← ↑ ↓ →", "key_move"], ["Enter", "key_trend"], ["d", "key_details"], ["p", "key_pin"]];

  function groupRow(page, name, again) {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const copy = el("button", { type: "button", class: "seg" }, t("copy_link"));
    copy.addEventListener("click", async () => {
      await window.navigator.clipboard.writeText(overview.pins.link(page, name));
      copy.textContent = t("copied");
    });
    const drop = el("button", { type: "button", class: "seg" }, t("remove"));
    drop.addEventListener("click", () => {
      overview.pins.dropGroup(page, name);
      again();
    });
    return el("li", {}, el("span", { class: "grow" }, name, " ", el("small", {}, t("tags_count", { n: page.view.own[name].length }))), copy, drop);
  }

  function content(page, dialog, again) {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const name = el("input", { type: "text", id: "overview-group-name", class: "strip__search", "aria-label": t("group_name"), placeholder: t("group_name"), maxlength: 60 });
    const save = el("button", { type: "submit", class: "primary" }, t("save_group", { n: page.shown.length }));
    const form = el("form", { class: "menu__form" }, name, save);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      overview.pins.saveGroup(page, name.value.trim());
      again();
    });
    const kiosk = el("a", { class: "seg", href: kioskHref(page) }, t("open_kiosk"));
    const groups = Object.keys(page.view.own).map((own) => groupRow(page, own, again));
    const close = el("button", { type: "button", class: "seg" }, t("close"));
    close.addEventListener("click", () => dialog.close());
    return [
      el("header", { class: "details__head" }, el("h2", {}, t("more")), el("span", { class: "grow" }), close),
      el("div", { class: "details__body" },
        el("h3", {}, t("own_groups")), form, el("ul", { class: "menu__groups" }, ...groups),
        el("h3", {}, t("wall_screen")), el("p", {}, kiosk),
        el("h3", {}, t("keys")), el("dl", { class: "details__list" }, ...KEYS.flatMap(([key, does]) => [
          el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(does))]))),
    ];
  }

  function kioskHref(page) {
    return window.location.pathname + overview.view.written({ ...page.view, kiosk: true, details: null }, window.location.search);
  }

  /** Open the menu. */
  function open(page) {
    const dialog = overview.dom.el("dialog", { class: "details menu", "aria-label": window.ksys.t("more") });
    const again = () => dialog.replaceChildren(...content(page, dialog, again));
    again();
    dialog.addEventListener("close", () => dialog.remove());
    page.root.append(dialog);
    dialog.showModal();
  }

  overview.menu = { open };
})();
