/**
 * Clicks and keys of the overview. One card is in the tab order at a time; arrows move among cards,
 * Enter opens the trend, d the details, p pins, / searches, space pauses, Escape clears the search.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const TYPING = "input, select, textarea, [contenteditable]";

  /** Keep exactly one card in the tab order: the one last focused, else the first. */
  function rove(page) {
    const { shown, board } = page;
    const kept = shown.includes(page.current) ? page.current : shown[0];
    if (page.tabbable && page.tabbable.i !== kept) stops(page.tabbable, -1);
    page.current = kept;
    page.tabbable = kept === undefined ? null : board.item(kept);
    if (page.tabbable) stops(page.tabbable, 0);
  }

  function stops(item, tabindex) {
    item.node.querySelectorAll("a, button").forEach((part) => { part.tabIndex = tabindex; });
  }

  function tagOf(page, node) {
    const holder = node.closest && node.closest("[data-tag]");
    return holder ? page.model.index.get(holder.dataset.tag) : undefined;
  }

  /** @returns {number} cards in one line of the grid, 1 in the table */
  function columns(page) {
    if (page.view.view === "table" || !page.shown.length) return 1;
    const grid = page.board.item(page.current).node.parentNode;
    return window.getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  }

  /** Move the focus to another card. */
  function move(page, by) {
    const at = page.shown.indexOf(page.current);
    const next = page.shown[Math.max(0, Math.min(page.shown.length - 1, at + by))];
    if (next === undefined) return;
    page.current = next;
    rove(page);
    page.tabbable.link.focus();
    page.tabbable.node.scrollIntoView({ block: "nearest" });
  }

  function steps(page, key) {
    const line = columns(page);
    return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -line, ArrowDown: line, Home: -Infinity, End: Infinity }[key];
  }

  function pressed(page, event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const typing = event.target.matches && event.target.matches(TYPING);
    if (event.key === "Escape" && event.target === page.strip.search) return search(page, "");
    if (event.key === "ArrowDown" && event.target === page.strip.search) return take(event, () => move(page, 0));
    if (typing) return;
    if (event.key === "/") return take(event, () => page.strip.search.focus());
    if (event.key === " " && !(event.target.closest && event.target.closest("button, a, summary"))) {
      return take(event, () => pause(page));
    }
    const i = tagOf(page, event.target);
    if (i === undefined) return;
    if (steps(page, event.key) !== undefined) return take(event, () => move(page, steps(page, event.key)));
    if (event.key === " ") return take(event, () => pause(page));
    if (event.key === "d") return take(event, () => overview.details.open(page, i));
    if (event.key === "p") return take(event, () => overview.pins.toggle(page, page.model.names[i]));
  }

  function take(event, act) {
    event.preventDefault();
    act();
  }

  function pause(page) {
    page.clock.pause(!page.clock.state.paused);
    page.notices.status.textContent = window.ksys.t(page.clock.state.paused ? "paused" : "resumed");
  }

  function search(page, text) {
    page.view.q = text;
    overview.chosen();
  }

  const ACTS = {
    pause,
    state(page, value) {
      const { states } = page.view;
      page.view.states = value === "" ? [] : states.includes(value) ? states.filter((state) => state !== value) : [...states, value];
      overview.chosen();
    },
    sort(page) {
      page.view.sort = page.view.sort === "worst" ? "name" : "worst";
      overview.chosen();
    },
    view(page, value) {
      page.view.view = page.view.view === value ? "cards" : value;
      overview.chosen();
    },
    by(page, value) {
      const again = page.view.by === value;
      page.view.down = again ? !page.view.down : overview.table.FIRST_DOWN.has(value);
      page.view.by = value;
      overview.chosen();
      page.cards.querySelector(`.tags-table__sort[data-value="${value}"]`).focus();
    },
    close(page, value) {
      const { closed } = page.view;
      page.view.closed = closed.includes(value) ? closed.filter((name) => name !== value) : [...closed, value];
      overview.chosen();
    },
    clear(page) {
      Object.assign(page.view, { q: "", states: [], tags: [], name: "" });
      overview.chosen();
    },
    dismiss(page) {
      page.view.faults = [];
      page.view.tags = page.view.tags.filter((tag) => page.model.index.has(tag));
      overview.chosen();
    },
    reload: () => window.location.reload(),
    menu: (page) => overview.menu.open(page),
    "own-keep": (page) => overview.pins.keepShared(page),
    pin: (page, value, i) => overview.pins.toggle(page, page.model.names[i]),
    details: (page, value, i) => overview.details.open(page, i),
  };

  function clicked(page, event) {
    const acting = event.target.closest("[data-act]");
    const act = acting && ACTS[acting.dataset.act];
    if (act) return act(page, acting.dataset.value, tagOf(page, acting));
    const link = event.target.closest(".tag-card__link");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (link && plain) take(event, () => go(link.href));
  }

  /** Open a page of the app as dcc.Link does: a new address, no new document. */
  function go(href) {
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  /** Give the exact value as the title of the number under the pointer. */
  async function hovered(page, event) {
    const number = event.target.closest && event.target.closest('[data-act="exact"]');
    const i = number && tagOf(page, number);
    if (!number || i === undefined || number.title || page.model.states[i]) return;
    number.title = await overview.details.exact(page, i);
  }

  function changed(page, event) {
    if (event.target === page.strip.search) search(page, event.target.value);
    if (event.target === page.strip.group) page.view.group = event.target.value;
    if (event.target === page.strip.every) {
      page.view.every = Number(event.target.value);
      page.clock.setPeriod(page.view.every * 1000);
    }
    overview.chosen();
  }

  /** Listen until the page is left. */
  function listen(page) {
    page.key = (event) => pressed(page, event);
    document.addEventListener("keydown", page.key);
    page.root.addEventListener("click", (event) => clicked(page, event));
    page.root.addEventListener("input", (event) => changed(page, event));
    page.root.addEventListener("pointerover", (event) => hovered(page, event));
    page.root.addEventListener("focusin", (event) => {
      const i = tagOf(page, event.target);
      if (i === undefined || i === page.current) return;
      page.current = i;
      rove(page);
    });
  }

  function leave(page) {
    document.removeEventListener("keydown", page.key);
  }

  overview.keys = { rove, listen, leave };
})();
