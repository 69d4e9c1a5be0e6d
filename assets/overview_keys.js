/**
 * Clicks and keys of the overview. One card is in the tab order at a time; arrows move among cards,
 * Enter opens the trend, d the details, p pins, / searches, space pauses, Escape clears the search.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const TYPING = "input, select, textarea, [contenteditable]";
  /** What the space bar presses itself; the link of a card it does not. */
  const PRESSED = "button, summary, a:not(.tag-card__link)";
  const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];

  /** Keep exactly one card in the tab order: the one last focused, else the first. */
  function rove(page) {
    const { shown } = page;
    if (page.placed !== shown) {
      page.placed = shown;
      page.places = new Map(shown.map((i, place) => [i, place]));
    }
    stand(page, page.places.has(page.focused) ? page.focused : shown[0]);
  }

  /** Give the place in the tab order to one card. */
  function stand(page, i) {
    const item = i === undefined ? null : page.board.item(i);
    if (page.tabbable && page.tabbable !== item) stops(page.tabbable, -1);
    if (item && page.tabbable !== item) stops(item, 0);
    page.current = i;
    page.tabbable = item;
  }

  function stops(item, tabindex) {
    item.node.querySelectorAll("a, button").forEach((part) => { part.tabIndex = tabindex; });
  }

  function tagOf(page, node) {
    const holder = node.closest && node.closest("[data-tag]");
    return holder ? page.model.index.get(holder.dataset.tag) : undefined;
  }

  /** Move the focus to another card. */
  function move(page, by) {
    const { shown, places, current } = page;
    const next = shown[Math.max(0, Math.min(shown.length - 1, places.get(current) + by))];
    if (next === undefined) return;
    page.focused = next;
    stand(page, next);
    page.tabbable.link.focus({ preventScroll: true });
    page.tabbable.node.scrollIntoView({ block: "nearest" });
  }

  /** @returns {number|undefined} how many cards a key moves on */
  function steps(page, key) {
    if (!MOVES.includes(key)) return undefined;
    const line = page.board.columns();
    return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -line, ArrowDown: line, Home: -Infinity, End: Infinity }[key];
  }

  /** @returns {string} a key whatever the input method and Caps Lock: "d" for "ㅇ" of KeyD, and for "D" */
  function keyOf(event) {
    const { key, code } = event;
    if (/^[a-z]$/i.test(key)) return key.toLowerCase();
    if (/^Key[A-Z]$/.test(code)) return code.slice(3).toLowerCase();
    return key === "Process" ? { Slash: "/", Space: " " }[code] || code : key;
  }

  function pressed(page, event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const typing = event.target.matches && event.target.matches(TYPING);
    if (event.key === "Escape" && event.target === page.strip.search) return search(page, "");
    if (event.key === "ArrowDown" && event.target === page.strip.search) return take(event, () => move(page, 0));
    if (typing) return;
    const key = keyOf(event);
    if (key === "/") return take(event, () => page.strip.search.focus());
    if (key === " " && !(event.target.closest && event.target.closest(PRESSED))) return take(event, () => pause(page));
    onCard(page, event, key);
  }

  /** Do what a key does while a card or row has the focus. */
  function onCard(page, event, key) {
    const i = tagOf(page, event.target);
    if (i === undefined) return;
    const by = steps(page, key);
    if (by !== undefined) return take(event, () => move(page, by));
    if (key === "d") return take(event, () => overview.details.open(page, i));
    if (key === "p") return take(event, () => overview.pins.toggle(page, page.model.names[i]));
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
    page.view.q = text.slice(0, overview.view.SEARCH);
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
      const place = sortButtons(page).indexOf(document.activeElement);
      overview.chosen();
      sortButtons(page)[place < 0 ? 0 : place].focus();
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
      if (!page.view.tags.length) page.view.name = "";
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
    const link = linkOf(event.target);
    if (!link) return;
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (link.contains(event.target)) return plain ? take(event, () => go(link.href)) : undefined;
    if (!window.getSelection().isCollapsed) return;
    take(event, () => (plain ? go(link.href) : window.open(link.href, "_blank", "noopener")));
  }

  /** @returns {HTMLAnchorElement|null} the link of the card or row that a node is part of */
  function linkOf(node) {
    const holder = node.closest("[data-tag]");
    return holder && holder.querySelector(".tag-card__link");
  }

  /** @returns {HTMLElement[]} the headings' buttons; with groups each group has its own */
  function sortButtons(page) {
    return [...page.cards.querySelectorAll(".tags-table__sort")];
  }

  /** The middle button opens a trend beside this page, also from what lies above the link. */
  function clickedBeside(event) {
    const link = event.button === 1 && !event.target.closest("[data-act]:not([data-act='exact'])") && linkOf(event.target);
    if (link && !link.contains(event.target)) window.open(link.href, "_blank", "noopener");
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
    if (event.target === page.strip.group) Object.assign(page.view, { group: event.target.value, closed: [] });
    if (event.target === page.strip.every) {
      page.view.every = Number(event.target.value);
      page.clock.setPeriod(page.view.every * 1000);
    }
    overview.chosen();
  }

  /** Listen until the page is left. */
  function listen(page) {
    page.key = (event) => pressed(page, event);
    page.moved = () => moved(page);
    page.path = window.location.pathname;
    page.strip.search.maxLength = overview.view.SEARCH;
    document.addEventListener("keydown", page.key);
    window.addEventListener("hashchange", page.moved);
    page.root.addEventListener("click", (event) => clicked(page, event));
    page.root.addEventListener("auxclick", clickedBeside);
    page.root.addEventListener("input", (event) => changed(page, event));
    page.root.addEventListener("pointerover", (event) => hovered(page, event));
    page.root.addEventListener("focusin", (event) => {
      const i = tagOf(page, event.target);
      if (i === undefined) return;
      page.focused = i;
      stand(page, i);
    });
  }

  /** Another part behind the # is no new document: read a link anew, and keep ours after any other. */
  function moved(page) {
    if (window.location.pathname !== page.path) return;
    if (overview.view.behind(window.location.hash).length) window.location.reload();
    else overview.view.keep(page.view);
  }

  function leave(page) {
    document.removeEventListener("keydown", page.key);
    window.removeEventListener("hashchange", page.moved);
  }

  overview.keys = { rove, listen, leave };
})();
