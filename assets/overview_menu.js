/** What is needed seldom: own groups, a link to share, the kiosk, the keys. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const KEYS = [["/", "key_search"], ["space", "key_pause"], ["← ↑ ↓ →", "key_move"], ["Enter", "key_trend"], ["d", "key_details"], ["p", "key_pin"]];
  const LONGEST_NAME = 60;

  /**
   * Put a link into the clipboard. Browsers give it to https and localhost only; elsewhere the link
   * is shown, selected. It must stand in the dialog: nothing outside of it can be selected.
   */
  async function copyLink(address, button, place) {
    try {
      await window.navigator.clipboard.writeText(address);
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      if (!copyBySelection(address, place)) return;
    }
    button.textContent = window.ksys.t("copied");
  }

  /** @returns {boolean} whether a link that is shown and selected was copied too */
  function copyBySelection(address, place) {
    const label = window.ksys.t("copy_by_hand");
    const field = overview.dom.el("input", { type: "text", class: "strip__search menu__link", readonly: true, "aria-label": label, title: label });
    field.value = address;
    place.replaceChildren(label, " ", field);
    field.select();
    return document.execCommand("copy");
  }

  function groupRow(page, name, again) {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const place = el("span", {});
    const copy = el("button", { type: "button", class: "seg" }, t("copy_link"));
    copy.addEventListener("click", () => copyLink(overview.pins.link(page, name), copy, place));
    const drop = el("button", { type: "button", class: "seg" }, t("remove"));
    drop.addEventListener("click", () => {
      overview.pins.dropGroup(page, name);
      again();
    });
    const count = overview.format.tags(page.view.own[name].length);
    return el("li", {}, el("span", { class: "grow" }, name, " ", el("small", {}, count)), place, copy, drop);
  }

  /** @returns {HTMLElement} the form that keeps what is found as a group; it says why it does not */
  function groupForm(page, again) {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const found = overview.order.found(page.model, page.view).map((i) => page.model.names[i]);
    const name = el("input", {
      type: "text", id: "overview-group-name", class: "strip__search", "aria-label": t("group_name"),
      placeholder: t("group_name"), maxlength: LONGEST_NAME, "aria-describedby": "overview-group-fault",
    });
    const fault = el("span", { id: "overview-group-fault", role: "alert" });
    const save = el("button", { type: "submit", class: "primary" }, t("save_group", { n: overview.format.number(found.length, 0) }));
    const form = el("form", { class: "menu__form" }, name, save, fault);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const asked = name.value.trim();
      fault.textContent = !asked ? t("group_name_missing") : found.length ? "" : t("nothing_found");
      if (fault.textContent) return name.focus();
      overview.pins.saveGroup(page, asked, found);
      again();
    });
    return form;
  }

  function content(page, dialog, again) {
    const { el } = overview.dom;
    const { t } = window.ksys;
    const kiosk = el("a", { class: "seg", href: kioskHref(page) }, t("open_kiosk"));
    const groups = Object.keys(page.view.own).map((own) => groupRow(page, own, again));
    const close = el("button", { type: "button", class: "seg" }, t("close"));
    close.addEventListener("click", () => dialog.close());
    return [
      el("header", { class: "details__head" }, el("h2", {}, t("more")), el("span", { class: "grow" }), close),
      el("div", { class: "details__body" },
        el("h3", {}, t("own_groups")), groupForm(page, again), el("ul", { class: "menu__groups" }, ...groups),
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
