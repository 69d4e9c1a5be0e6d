/** What every page carries and shows when it is wished: dialogs, and a phone's header. */
(function () {
  "use strict";
  const TYPING = "input, select, textarea, [contenteditable]";
  /** Milliseconds for which a button says what it did. */
  const SAID = 1600;

  /** @param {string} id of the content; it stands in the dialog while that is open */
  function open(id) {
    const content = document.getElementById(id);
    if (!content || document.querySelector("dialog[open]")) return;
    const dialog = document.createElement("dialog");
    dialog.className = content.className;
    dialog.setAttribute("aria-label", content.getAttribute("aria-label") || "");
    dialog.append(...content.childNodes);
    dialog.addEventListener("close", () => {
      content.append(...dialog.childNodes);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  /**
   * Show the help in another language; the page stays as it is.
   *
   * @param {HTMLElement} button
   */
  function turn(button) {
    const dialog = button.closest("dialog");
    for (const pane of dialog?.children || []) {
      const own = pane.id === "help-" + button.dataset.pane;
      if (pane instanceof HTMLElement) pane.hidden = !own;
    }
    const other = dialog?.querySelector(`:scope > :not([hidden]) [data-pane="${button.lang}"]`);
    if (other instanceof HTMLElement) other.focus();
  }

  /**
   * Copy what a button names, and let it say so.
   *
   * @param {HTMLElement} button
   */
  async function copy(button) {
    const lines = document.getElementById(button.dataset.copies || "")?.textContent || "";
    await navigator.clipboard.writeText(lines);
    const word = button.textContent;
    button.textContent = button.dataset.said || "";
    window.setTimeout(() => (button.textContent = word), SAID);
  }

  /**
   * @param {Element} target
   * @param {string} name of an attribute
   * @returns {HTMLElement | null} the button around it that has it
   */
  function within(target, name) {
    const found = target.closest(`[data-${name}]`);
    return found instanceof HTMLElement ? found : null;
  }

  /**
   * Unfold a part of the header that a phone has no room for, or fold all of it.
   *
   * @param {HTMLElement | null} button
   */
  function unfold(button) {
    const header = document.querySelector(".shell");
    if (!(header instanceof HTMLElement)) return;
    const part = button?.dataset.unfolds || "";
    header.dataset.unfolded = part === header.dataset.unfolded ? "" : part;
    for (const each of header.querySelectorAll("[data-unfolds]")) {
      const { unfolds } = /** @type {HTMLElement} */ (each).dataset;
      each.setAttribute("aria-expanded", String(unfolds === header.dataset.unfolded));
    }
  }

  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    unfold(within(target, "unfolds"));
    const opens = within(target, "opens");
    const pane = within(target, "pane");
    const copies = within(target, "copies");
    if (opens) open(opens.dataset.opens || "");
    else if (pane) turn(pane);
    else if (copies) copy(copies);
    else if (target.matches("dialog.help") || within(target, "closes")) {
      target.closest("dialog")?.close();
    }
  });
  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (key === "Escape") unfold(null);
    if (key !== "?" || ctrlKey || metaKey || altKey) return;
    if (target instanceof Element && target.matches(TYPING)) return;
    event.preventDefault();
    open("help");
  });
})();
