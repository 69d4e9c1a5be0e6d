/**
 * The self-clocked refresh. The only script that sets `disabled` of a dcc.Interval: it is computed
 * from paused, hidden and in flight, never remembered from what someone else set.
 *
 * The next tick is armed when the last answer is in, or has failed or timed out, so there is never
 * more than one request in flight and a request that dies with its server cannot stop the clock.
 */
/** Milliseconds to rest after one, two, three and more failures in a row. */
const LADDER = [10000, 20000, 40000, 60000];
const JITTER = 0.2;
const SHORTEST_WAIT = 15000;
const LONGEST_WAIT = 60000;
const SILENT_PERIODS = 3.5;

/**
 * @param {number} strikes failures in a row
 * @param {function(): number} random
 * @returns {number} milliseconds to rest, with jitter
 */
export function rest(strikes, random) {
  const step = LADDER[Math.min(strikes, LADDER.length) - 1];
  return step * (1 - JITTER + 2 * JITTER * random());
}

/**
 * @param {number} period [ms]
 * @returns {number} milliseconds a request may take before it counts as failed
 */
export function patience(period) {
  return Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, SILENT_PERIODS * period));
}

/**
 * @param {{ period: number, strikes: number }} state
 * @param {boolean} ok
 * @param {number} took how long the answer took [ms]
 * @param {function(): number} random
 * @returns {number} milliseconds until the next tick
 */
export function pace(state, ok, took, random) {
  if (!ok) return Math.max(state.period, rest(state.strikes, random));
  if (took > state.period) {
    return Math.min(rest(state.strikes, random), Math.max(state.period, took));
  }
  return Math.max(state.period - took, state.period / 2);
}

/**
 * Give a component of the page other properties; nothing once it is gone with its page, for Dash
 * would fail over it.
 *
 * @param {string} id
 * @param {Record<string, *>} props
 */
export function setProps(id, props) {
  const { dash_clientside: dash, dash_stores: stores } = /** @type {*} */ (window);
  const has = (/** @type {*} */ store) => id in store.getState().paths.strs;
  if ((stores || []).some(has)) dash.set_props(id, props);
}

/**
 * Let Dash forget the steps that its undo button would take back: it keeps one for every tick of an
 * interval and every property set, for as long as the page is open, and shows no such button.
 */
function forgetSteps() {
  for (const store of /** @type {*} */ (window).dash_stores || []) {
    const { past } = store.getState().history || {};
    if (past) past.length = 0;
  }
}

/**
 * @param {Response} response to a request for JSON that follows no redirect
 * @returns {boolean} whether a proxy that signs users in answered instead of Ksys
 */
export function isSignedOut(response) {
  const json = (response.headers.get("Content-Type") || "").includes("json");
  const refused = response.status === 401 || response.status === 403;
  return refused || response.type === "opaqueredirect" || (response.ok && !json);
}

/**
 * @typedef {object} ClockState
 * @property {number} period between two refreshes [ms]
 * @property {boolean} paused
 * @property {boolean} hidden
 * @property {boolean} inFlight
 * @property {number} strikes failures in a row
 * @property {number} delay until the next tick [ms]
 * @property {boolean} heard whether the last request was answered
 * @property {boolean} news whether the last answer told any
 * @property {number} answered when the last answer came that told news, by performance.now()
 * @property {number} pausedAt by performance.now(); NaN without a pause
 * @property {boolean} alive
 */

/**
 * @typedef {object} ClockOptions
 * @property {number} period between two refreshes [ms]
 * @property {function(AbortSignal, function(boolean=): void): Promise<boolean>} ask asks and
 *   paints, and calls the function as soon as there is an answer, with false where it tells nothing
 *   new; true if all is well
 * @property {function(ClockState): void} show is told the state whenever it changes
 * @property {function(): number} [random]
 */

/** @typedef {{ controller: AbortController, dropped: boolean }} Request */

/** The clock of one dcc.Interval. */
export class Clock {
  /**
   * @param {string} id of the dcc.Interval
   * @param {ClockOptions} options
   */
  constructor(id, options) {
    this.id = id;
    this.options = options;
    this.random = options.random || Math.random;
    /** @type {ClockState} */
    this.state = {
      period: options.period,
      paused: false,
      hidden: document.hidden,
      inFlight: false,
      strikes: 0,
      delay: options.period,
      heard: false,
      news: true,
      answered: performance.now(),
      pausedAt: NaN,
      alive: true,
    };
    this.watched = this.state.answered;
    /** @type {Request | null} */
    this.request = null;
    this.again = false;
    /** @type {{ disabled?: boolean, interval?: number }} */
    this.set = {};
    this.seen = this.seen.bind(this);
    this.now = this.now.bind(this);
    document.addEventListener("visibilitychange", this.seen);
    window.addEventListener("online", this.now);
    this.settle();
  }

  /** Give the interval what follows from the state; React hears only of what changed. */
  settle() {
    const { state } = this;
    const props = {
      disabled: this.resting() || state.inFlight,
      interval: Math.max(1, Math.round(state.delay)),
    };
    const other = props.disabled !== this.set.disabled || props.interval !== this.set.interval;
    if (state.alive && other) {
      setProps(this.id, props);
      this.set = props;
    }
    this.options.show(state);
  }

  /** @returns {boolean} whether nothing is to be asked now */
  resting() {
    return !this.state.alive || this.state.paused || this.state.hidden;
  }

  /** Ask, unless that is under way. */
  async tick() {
    const { state } = this;
    if (state.inFlight || this.resting()) return;
    const asked = performance.now();
    const mine = { controller: new AbortController(), dropped: false };
    this.request = mine;
    state.inFlight = true;
    this.again = false;
    forgetSteps();
    this.settle();
    const { ok, heard } = await this.answer(mine);
    state.inFlight = false;
    if (!mine.dropped) {
      state.heard = heard;
      this.rate(ok, performance.now() - asked);
    }
    if (this.again && !this.resting()) this.now();
    else this.settle();
  }

  /**
   * @param {Request} mine
   * @returns {Promise<{ ok: boolean, heard: boolean }>} whether all is well, and whether the server
   *   answered
   */
  async answer(mine) {
    const alarm = window.setTimeout(() => mine.controller.abort(), patience(this.state.period));
    const found = { ok: false, heard: false };
    try {
      found.ok = await this.options.ask(mine.controller.signal, (isNews = true) => {
        found.heard = true;
        this.state.news = isNews;
        if (isNews) this.state.answered = performance.now();
      });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (!mine.dropped) console.warn("ksys refresh:", text);
    }
    window.clearTimeout(alarm);
    return found;
  }

  /**
   * Choose the rest before the next tick.
   *
   * @param {boolean} ok
   * @param {number} took [ms]
   */
  rate(ok, took) {
    const { state } = this;
    state.strikes = ok && took <= state.period ? 0 : state.strikes + 1;
    state.delay = pace(state, ok, took, this.random);
  }

  /** Refresh at once, not waiting for the interval; right after the request under way, if any. */
  now() {
    this.state.delay = this.state.period;
    this.again = this.state.inFlight;
    this.tick();
  }

  /** Give up the request under way; what it would have said is not wanted any more. */
  drop() {
    if (!this.request || !this.state.inFlight) return;
    this.request.dropped = true;
    this.request.controller.abort();
  }

  /**
   * A pause drops the request under way: what is on the screen stays.
   *
   * @param {boolean} paused
   */
  pause(paused) {
    this.state.paused = paused;
    this.state.pausedAt = paused ? performance.now() : NaN;
    if (paused) this.drop();
    else this.watched = performance.now();
    this.settle();
    if (!paused) this.now();
  }

  /** @returns {number} milliseconds since the pause began, NaN without one */
  pausedFor() {
    return performance.now() - this.state.pausedAt;
  }

  /**
   * Another interval holds at once; what was no silence by the old one is none by the new.
   *
   * @param {number} period [ms]
   */
  setPeriod(period) {
    if (!this.silence()) this.watched = performance.now();
    this.state.period = period;
    this.state.strikes = 0;
    this.now();
    this.settle();
  }

  /**
   * The computer slept, and performance.now() did not count it: no answer is as new as it looks.
   *
   * @param {number} milliseconds
   */
  slept(milliseconds) {
    this.state.answered -= milliseconds;
    this.state.pausedAt -= milliseconds;
    this.watched -= milliseconds;
    this.drop();
    this.now();
  }

  /** @returns {number} milliseconds without news that are no cause for worry */
  bearable() {
    const { state } = this;
    const usual = SILENT_PERIODS * state.period;
    // More while it rests by choice.
    return state.heard ? Math.max(usual, state.delay + usual / 2) : usual;
  }

  /** @returns {number} milliseconds without news, 0 while that is no cause for worry */
  silence() {
    const { state } = this;
    const moment = performance.now();
    const waited = moment - Math.max(state.answered, this.watched);
    const worry = !state.paused && !state.hidden && waited > this.bearable();
    return worry ? moment - state.answered : 0;
  }

  /** The page comes into sight, or goes out of it. */
  seen() {
    this.state.hidden = document.hidden;
    if (!this.state.hidden) this.watched = performance.now();
    this.settle();
    if (!this.state.hidden) this.now();
  }

  /** Leave nothing behind. */
  stop() {
    this.state.alive = false;
    document.removeEventListener("visibilitychange", this.seen);
    window.removeEventListener("online", this.now);
    this.drop();
  }
}
