/**
 * The wall screen: no navigation, all as large as fits, what does not fit in screenfuls of whole
 * lines, groups in turn, a reload after a new deployment.
 *
 * Nothing scrolls: the board is moved up and cut to the lines of the screenful, so that counts,
 * clock and notices stay where they are.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const SCALES = Array.from({ length: 47 }, (_, k) => (60 - k) / 20); // 3, 2.95 … 0.7
  const FLOOR = SCALES[SCALES.length - 1];
  const TURN_S = 20;
  const SEEN_FRAMES = 3;
  const LIFE = 60000;
  const EDGE = 3;
  const ALARMS = ["CRITICAL", "WARNING"];
  const ROOT = document.documentElement;

  function open(page) {
    ROOT.toggleAttribute("data-kiosk", page.view.kiosk);
    page.turned = null;
    page.screen = 0;
    page.scales = new Map();
    page.fit = () => fit(page);
    page.kioskKey = (event) => pressed(page, event);
    window.addEventListener("resize", page.fit);
    if (!page.view.kiosk) return;
    document.addEventListener("keydown", page.kioskKey, true);
    time(page);
  }

  /** Let the screenful that is on stay for its time. */
  function time(page) {
    window.clearInterval(page.turn);
    page.turn = window.setInterval(() => rotate(page), (page.view.rotate || TURN_S) * 1000);
  }

  /** Escape leaves the wall screen. Space does not pause it: nobody would notice a wall standing still. */
  function pressed(page, event) {
    if (document.querySelector("dialog[open]") || ![" ", "Escape"].includes(event.key)) return;
    event.stopPropagation();
    if (event.key === "Escape") window.location.assign(plainHref(page));
    else if (!event.target.closest || !event.target.closest("button, input, select")) event.preventDefault();
  }

  /** @returns {string} the same view without the wall screen */
  function plainHref(page) {
    return window.location.pathname + overview.view.written({ ...page.view, kiosk: false, rotate: 0 }, window.location.search);
  }

  const groupsOf = (page) => [...page.cards.querySelectorAll(":scope > .group")];

  /** @returns {HTMLElement[]} the groups that take turns; none where they do not */
  function turning(page) {
    const groups = groupsOf(page);
    return page.view.rotate && groups.length > 1 ? groups : [];
  }

  /** Fit anew when there is another number of tags, another screen, or another group is on. */
  function fit(page) {
    if (!page.view.kiosk || !page.model.version) return;
    if (page.turned && !page.turned.isConnected) page.turned = null;
    groupsOf(page).forEach((group) => { group.hidden = page.turned !== null && page.turned !== group; });
    if (page.fitted !== shape(page)) {
      unfold(page);
      scale(page);
      page.fitted = shape(page);
    }
    screenful(page);
    if (!page.turned && page.screens > 1 && turning(page).length) show(page, turning(page)[0]);
  }

  function shape(page) {
    return content(page) + "," + (page.strip.node.offsetHeight + page.notices.node.offsetHeight);
  }

  function content(page) {
    const turned = groupsOf(page).indexOf(page.turned);
    return [page.shown.length, page.view.view, window.innerWidth, window.innerHeight, turned].join();
  }

  /** Choose a scale; for a group that was on before, the one found then: to try is dear with thousands. */
  function scale(page) {
    const key = content(page);
    const known = page.scales.get(key);
    page.scale = known && (known === FLOOR || fits(page, known)) ? known : largest(page);
    page.scales.set(key, page.scale);
    fits(page, page.scale);
  }

  /** @returns {number} the largest scale at which all is on the screen, the smallest if there is none */
  function largest(page) {
    if (!fits(page, FLOOR)) return FLOOR;
    let [best, small] = [0, SCALES.length - 1];
    while (best < small) {
      const tried = Math.floor((best + small) / 2);
      if (fits(page, SCALES[tried])) small = tried;
      else best = tried + 1;
    }
    return SCALES[small];
  }

  function fits(page, size) {
    ROOT.style.setProperty("--scale", size);
    page.board.reflow();
    return ROOT.scrollHeight <= window.innerHeight && page.root.scrollWidth <= page.root.clientWidth;
  }

  /** Show the board whole and in its place, to be measured. */
  function unfold(page) {
    ROOT.removeAttribute("data-screens");
    for (const name of ["transform", "clip-path", "margin-bottom"]) page.cards.style.removeProperty(name);
  }

  /** @returns {number[][]} upper and lower edge of every line of the board, from its upper edge [px] */
  function lines(page) {
    const from = page.cards.getBoundingClientRect().top;
    const found = [];
    for (const each of groupsOf(page).filter((group) => !group.hidden)) {
      let top = each.getBoundingClientRect().top - from; // the heading goes with the first line
      for (const block of each.querySelectorAll(".block")) {
        const place = block.getBoundingClientRect();
        const count = Number(block.style.getPropertyValue("--lines"));
        if (!count || !place.height) continue;
        const space = (place.height - count * page.line) / Math.max(1, count - 1);
        for (let k = 0; k < count; k++) {
          const upper = place.top - from + k * (page.line + space);
          found.push([Math.min(top, upper), upper + page.line]);
          top = Infinity;
        }
      }
      if (top !== Infinity) found.push([top, each.getBoundingClientRect().bottom - from]);
    }
    return found;
  }

  /** @returns {number[][]} upper and lower edge of every screenful: as many whole lines as fit */
  function screenfuls(page) {
    const first = page.cards.querySelector(".group:not([hidden]) .block > *");
    page.line = first ? first.getBoundingClientRect().height : 0;
    const board = page.cards.getBoundingClientRect();
    const spare = page.root.getBoundingClientRect().bottom - board.bottom;
    const room = window.innerHeight - (board.top + window.scrollY) - spare;
    const found = [];
    for (const [upper, lower] of ROOT.scrollHeight > window.innerHeight ? lines(page) : []) {
      const last = found[found.length - 1];
      if (last && lower - last[0] <= room) last[1] = lower;
      else found.push([upper, lower]);
    }
    return found;
  }

  /** Show the screenful that is on; with a tag, the one it stands in. */
  function screenful(page, tag) {
    unfold(page);
    const found = screenfuls(page);
    const { top, height } = page.cards.getBoundingClientRect();
    if (tag !== undefined) {
      const place = page.board.item(tag).node.getBoundingClientRect();
      page.screen = found.findIndex(([, lower]) => place.top - top < lower);
    }
    page.screens = Math.max(1, found.length);
    if (!found[page.screen]) page.screen = 0;
    overview.strip.paintScreens(page.strip, page.screen, page.screens);
    if (page.screens > 1) cut(page, found[page.screen], height);
  }

  /** Move the lines between two edges to the top of the board and hide the others. */
  function cut(page, [upper, lower], height) {
    const px = (length) => length / page.scale + "px";
    ROOT.setAttribute("data-screens", page.screens);
    page.cards.style.transform = `translateY(${px(-upper)})`;
    page.cards.style.clipPath = `inset(${px(upper - EDGE)} -${px(EDGE)} ${px(height - lower - EDGE)} -${px(EDGE)})`;
    page.cards.style.marginBottom = px(lower - upper - height);
    window.scrollTo(0, 0);
  }

  /** Show one group alone, or all of them (null). */
  function show(page, group, screen) {
    page.turned = group;
    page.screen = screen || 0;
    fit(page);
  }

  /** Show the next screenful; after the last of a group the next group, after the last group all. */
  function rotate(page) {
    if (page.clock.state.paused || document.hidden || !page.model.seq) return;
    if (page.left) show(page, ...page.left);
    page.left = null;
    if (page.screen + 1 < page.screens) return show(page, page.turned, page.screen + 1);
    const groups = turning(page);
    show(page, groups[groups.indexOf(page.turned) + 1] || null);
  }

  /** A new alarm is shown at once, wherever the turn is; then the turn goes on where it was left. */
  function alarmed(page, turned) {
    if (!page.view.kiosk || page.left) return;
    const { model, board } = page;
    const found = turned.find((i) => page.shown.includes(i) && ALARMS.includes(model.badges[model.shown[i]]));
    if (found === undefined) return;
    const left = [page.turned, page.screen];
    if (page.turned) show(page, groupsOf(page).find((group) => group.contains(board.item(found).node)));
    screenful(page, found);
    if (left[0] === page.turned && left[1] === page.screen) return;
    page.left = left;
    time(page);
  }

  function close(page) {
    window.clearInterval(page.turn);
    window.removeEventListener("resize", page.fit);
    document.removeEventListener("keydown", page.kioskKey, true);
    for (const name of ["data-kiosk", "data-screens"]) ROOT.removeAttribute(name);
    ROOT.style.removeProperty("--scale");
  }

  /**
   * Notice that the server runs another build than the one this page came from. While two builds
   * answer in turn nothing is gained by a reload: it may get the older one again.
   */
  function deployed(page, build) {
    page.build = page.build || build;
    if (!build || page.build === build) {
      page.others = 0;
      return;
    }
    page.others = page.other === build ? page.others + 1 : 1;
    page.other = build;
    if (!page.view.kiosk) page.newer = true;
    // performance.now() counts from the last reload: at most one a minute.
    else if (page.others >= SEEN_FRAMES && performance.now() > LIFE) window.location.reload();
  }

  overview.kiosk = { open, close, deployed, fit, alarmed };
})();
