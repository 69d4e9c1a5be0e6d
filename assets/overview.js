/**
 * The overview page: asks for the tags once and for a frame each tick, and lets the parts paint.
 *
 * Dash's part is small: a dcc.Interval ticks, its clientside callback calls `refresh` here, which
 * returns at once. The clock (clock.js) knows whether a request is due.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const ROOT = "overview";
  const TICK = "overview-tick";
  const PULSE = 1000;
  const SPARK_PERIOD = 60000;
  const SUSPENDED = 5000;
  let page = null;

  /** @returns {string} address of the trend of one tag */
  overview.trendHref = (tag) => {
    const base = page ? page.root.dataset.trend : "/trend";
    return base + "?" + new URLSearchParams({ tag });
  };

  /**
   * @param {string|null} version of the tags that are known or wanted: a worker that is late catches up
   * @returns {Promise<{body: object, kept: number, asked: number}>} a JSON answer, or an error that says why not
   */
  async function answer(address, signal, version = page.model.version) {
    const asked = performance.now();
    const headers = { Accept: "application/json" };
    if (version) headers["X-Ksys-Version"] = version;
    const response = await window.fetch(address, {
      signal, cache: "no-store", credentials: "same-origin", redirect: "error", headers,
    });
    if (!(response.headers.get("Content-Type") || "").includes("json")) {
      throw new Error("no JSON but status " + response.status);
    }
    return { body: await response.json(), kept: Number(response.headers.get("X-Kept-Ms")) || 0, asked };
  }

  /**
   * One refresh: at most one request after the other, never two at once. Tags are taken in only
   * together with a frame of theirs: until then, what is shown stays and its ages go on.
   *
   * @param {AbortSignal} signal
   * @param {function()} heard is called as soon as the server has answered
   * @returns {Promise<boolean>} true if the historian was well
   */
  async function ask(signal, heard) {
    const mine = page;
    const known = mine.model.version;
    let tags = known ? null : (await answer(mine.root.dataset.tags, signal)).body;
    let frame = await answer(mine.root.dataset.frame, signal);
    if (frame.body.version && frame.body.version !== (tags ? tags.version : known)) {
      tags = (await answer(mine.root.dataset.tags, signal, frame.body.version)).body;
      if (tags.version !== frame.body.version) frame = await answer(mine.root.dataset.frame, signal);
    }
    if (mine !== page) return true;
    heard();
    const { version } = frame.body;
    if (!version || version !== (tags ? tags.version : known)) return trouble(mine, frame.body);
    take(mine, tags, frame);
    if (performance.now() - mine.sparksAt > SPARK_PERIOD) await askSparks(mine, signal);
    return !frame.body.error;
  }

  async function askSparks(mine, signal) {
    const { body } = await answer(mine.root.dataset.sparklines, signal);
    if (mine !== page || !body.lines) return;
    mine.sparksAt = performance.now();
    overview.spark.take(mine.model, body);
    mine.board.paint();
  }

  /** Take in other tags; the card that has the focus keeps it under its new number. */
  function takeTags(mine, tags) {
    const focused = mine.model.names[mine.focused];
    overview.model.takeTags(mine.model, tags);
    mine.focused = mine.model.index.get(focused);
    mine.sparksAt = -Infinity;
  }

  /** Take a frame in, with the tags it is of where they are others, and show it. */
  function take(mine, tags, { body: frame, kept, asked }) {
    const first = mine.model.seq === 0;
    const held = mine.cards.contains(document.activeElement);
    if (tags) takeTags(mine, tags);
    overview.model.takeFrame(mine.model, frame, kept, asked);
    overview.spark.move(mine.model);
    mine.model.error = frame.error ? frame : null;
    mine.root.dataset.answers = String(Number(mine.root.dataset.answers || 0) + 1);
    const { changed, turned } = overview.model.judge(mine.model);
    if (changed.length || tags || moves(mine.view)) arrange(mine);
    if (held && !mine.cards.contains(document.activeElement) && mine.tabbable) {
      mine.tabbable.link.focus({ preventScroll: true });
    }
    mine.board.paint();
    if (!first) overview.notices.announce(mine, turned);
    overview.kiosk.deployed(mine, frame.build);
    overview.strip.paintClock(mine.strip, mine.model, mine.clock.state);
    overview.notices.paint(mine);
    if (first) overview.details.restore(mine);
    overview.details.paint(mine);
  }

  /** @returns {boolean} whether the table is sorted by what changes with every frame */
  function moves(view) {
    return view.view === "table" && overview.table.moves(view);
  }

  /** There is no frame to show: say why, if the answer does. */
  function trouble(mine, body) {
    mine.model.error = body.error ? body : mine.model.error;
    overview.notices.paint(mine);
    return false;
  }

  /** Bring cards into order, and counts and choices up to date. */
  function arrange(mine) {
    const { model, view, strip } = mine;
    if (!model.version) return;
    const only = { ...view, q: "", states: [] };
    const all = overview.order.found(model, only);
    mine.shown = mine.board.arrange(view);
    overview.strip.paintCounts(strip, model, view, overview.order.counts(model, all), all.length);
    overview.strip.paintChoices(strip, view);
    overview.keys.rove(mine);
    overview.pins.paint(mine);
    overview.notices.paint(mine);
    overview.kiosk.fit(mine);
  }

  /** Something was chosen: order anew, paint, and put it into the address. */
  overview.chosen = function () {
    arrange(page);
    if (page.model.seq) page.board.paint();
    overview.view.keep(page.view);
  };

  /** Each second: clock, ages counted on, states that an age makes worse, the watchdog. */
  function pulse() {
    if (!page || document.hidden) return;
    const { model, clock } = page;
    const drift = Date.now() - performance.now();
    if (drift - page.drift > SUSPENDED) slept(page, drift - page.drift);
    page.drift = drift;
    overview.strip.paintClock(page.strip, model, clock.state);
    overview.notices.paint(page);
    if (!model.seq) return;
    const { changed, turned } = overview.model.judge(model);
    if (changed.length) {
      arrange(page);
      page.board.touch(changed);
      overview.notices.announce(page, turned);
    }
    if (overview.spark.move(model)) page.board.paint();
    page.board.age();
    overview.details.paint(page);
  }

  /** The computer slept while its steady clock stood still: all that is shown is so much older. */
  function slept(mine, milliseconds) {
    mine.model.at -= milliseconds;
    mine.clock.slept(milliseconds);
  }

  /** Set the page up in its root element. */
  function open(root) {
    const { el } = overview.dom;
    const view = overview.view.read(window.location.search, Number(root.dataset.every));
    const model = overview.model.create();
    model.zone = root.dataset.zone;
    model.reference = Number(root.dataset.reference);
    const cards = el("div", { class: "board", id: "overview-board" });
    const mine = {
      root, view, model, shown: [], sparksAt: -Infinity,
      drift: Date.now() - performance.now(), strip: overview.strip.build(),
      notices: overview.notices.build(), board: overview.board.create(cards, model), cards,
    };
    root.replaceChildren(mine.strip.node, mine.notices.node, cards);
    page = mine;
    overview.page = mine;
    mine.clock = window.ksys.clock.start(TICK, {
      period: view.every * 1000, ask,
      show() {
        if (!mine.clock) return;
        overview.strip.paintClock(mine.strip, model, mine.clock.state);
        overview.notices.paint(mine);
      },
    });
    mine.beat = window.setInterval(pulse, PULSE);
    overview.strip.paintChoices(mine.strip, view);
    overview.keys.listen(mine);
    overview.kiosk.open(mine);
    overview.notices.paint(mine);
    mine.watch = new MutationObserver(() => document.contains(root) || close(mine));
    mine.watch.observe(document.getElementById("content") || document.body, { childList: true, subtree: true });
  }

  /** Leave nothing behind when the page is left. */
  function close(mine) {
    mine.watch.disconnect();
    window.clearInterval(mine.beat);
    mine.clock.stop();
    mine.board.close();
    overview.keys.leave(mine);
    overview.kiosk.close(mine);
    if (page === mine) page = overview.page = null;
  }

  /** Called by the dcc.Interval through Dash; returns at once. */
  function refresh() {
    const root = document.getElementById(ROOT);
    if (root) {
      if (page && page.root !== root) close(page);
      if (!page) open(root);
      page.clock.tick();
    }
    return window.dash_clientside.no_update;
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.ksys_overview = { refresh };
})();
