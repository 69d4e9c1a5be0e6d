/**
 * The self-clocked refresh. The only script that sets `disabled` of a dcc.Interval: it is computed
 * from paused, hidden and in flight, never remembered from what someone else set.
 *
 * The next tick is armed when the last answer is in, or has failed or timed out, so there is never
 * more than one request in flight and a request that dies with its server cannot stop the clock.
 */
(function () {
  "use strict";
  const ksys = (window.ksys = window.ksys || {});
  const LADDER = [10000, 20000, 40000, 60000];
  const JITTER = 0.2;
  const SHORTEST_WAIT = 15000;
  const LONGEST_WAIT = 60000;
  const SILENT_PERIODS = 3.5;

  /** @returns {number} milliseconds to rest after `strikes` failures in a row, with jitter */
  function rest(strikes, random) {
    const step = LADDER[Math.min(strikes, LADDER.length) - 1];
    return step * (1 - JITTER + 2 * JITTER * random());
  }

  /** @returns {number} milliseconds a request may take before it counts as failed */
  function patience(period) {
    return Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, SILENT_PERIODS * period));
  }

  /** @returns {number} milliseconds until the next tick, after an answer that took `took` */
  function pace(state, ok, took, random) {
    if (!ok) return Math.max(state.period, rest(state.strikes, random));
    if (took > state.period) return Math.min(rest(state.strikes, random), Math.max(state.period, took));
    return Math.max(state.period - took, state.period / 2);
  }

  /**
   * Start the clock of one dcc.Interval.
   *
   * @param {string} id of the dcc.Interval
   * @param {object} options
   * @param {number} options.period milliseconds between two refreshes
   * @param {function(AbortSignal): Promise<boolean>} options.ask asks and paints; true if all is well
   * @param {function(object)} options.show is told the state whenever it changes
   * @returns {object} tick, now, pause, pausedFor, setPeriod, silence, slept, state, stop
   */
  function start(id, options) {
    const random = options.random || Math.random;
    const state = {
      period: options.period,
      paused: false,
      hidden: document.hidden,
      inFlight: false,
      strikes: 0,
      delay: options.period,
      heard: false,
      answered: performance.now(),
      pausedAt: NaN,
      alive: true,
    };
    let watched = state.answered;
    let abort = null;
    let again = false;
    let set = {};

    /** Give the interval what follows from the state; React hears only of what changed. */
    function settle() {
      const props = {
        disabled: !state.alive || state.paused || state.hidden || state.inFlight,
        interval: Math.max(1, Math.round(state.delay)),
      };
      if (state.alive && (props.disabled !== set.disabled || props.interval !== set.interval)) {
        window.dash_clientside.set_props(id, props);
        set = props;
      }
      options.show(state);
    }

    async function tick() {
      if (state.inFlight || resting()) return;
      const asked = performance.now();
      const mine = (abort = new AbortController());
      state.inFlight = true;
      again = false;
      settle();
      const alarm = window.setTimeout(() => mine.abort(), patience(state.period));
      let ok = false;
      let heard = false;
      try {
        ok = await options.ask(mine.signal, () => {
          heard = true;
          state.answered = performance.now();
        });
      } catch (error) {
        if (!mine.dropped) console.warn("ksys refresh:", error.message);
      }
      window.clearTimeout(alarm);
      state.inFlight = false;
      if (!mine.dropped) {
        state.heard = heard;
        rate(ok, performance.now() - asked);
      }
      if (again && !resting()) now();
      else settle();
    }

    function resting() {
      return !state.alive || state.paused || state.hidden;
    }

    /** Choose the rest before the next tick. */
    function rate(ok, took) {
      state.strikes = ok && took <= state.period ? 0 : state.strikes + 1;
      state.delay = pace(state, ok, took, random);
    }

    /** Refresh at once, not waiting for the interval; right after the request under way, if any. */
    function now() {
      state.delay = state.period;
      again = state.inFlight;
      tick();
    }

    /** Give up the request under way; what it would have said is not wanted any more. */
    function drop() {
      if (!abort || !state.inFlight) return;
      abort.dropped = true;
      abort.abort();
    }

    /** A pause drops the request under way: what is on the screen stays. */
    function pause(paused) {
      state.paused = paused;
      state.pausedAt = paused ? performance.now() : NaN;
      if (paused) drop();
      else watched = performance.now();
      settle();
      if (!paused) now();
    }

    /** @returns {number} milliseconds since the pause began, NaN without one */
    function pausedFor() {
      return performance.now() - state.pausedAt;
    }

    /** Another interval holds at once; what was no silence by the old one is none by the new. */
    function setPeriod(period) {
      if (!silence()) watched = performance.now();
      state.period = period;
      state.strikes = 0;
      now();
      settle();
    }

    /** The computer slept, and performance.now() did not count it: no answer is as new as it looks. */
    function slept(milliseconds) {
      state.answered -= milliseconds;
      state.pausedAt -= milliseconds;
      watched -= milliseconds;
      drop();
      now();
    }

    /** @returns {number} milliseconds without an answer that are no cause for worry; more while it rests by choice */
    function bearable() {
      const usual = SILENT_PERIODS * state.period;
      return state.heard ? Math.max(usual, state.delay + usual / 2) : usual;
    }

    /** @returns {number} milliseconds without an answer, 0 while that is no cause for worry */
    function silence() {
      const moment = performance.now();
      const waited = moment - Math.max(state.answered, watched);
      const worry = !state.paused && !state.hidden && waited > bearable();
      return worry ? moment - state.answered : 0;
    }

    function seen() {
      state.hidden = document.hidden;
      if (!state.hidden) watched = performance.now();
      settle();
      if (!state.hidden) now();
    }

    function stop() {
      state.alive = false;
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", now);
      drop();
    }

    document.addEventListener("visibilitychange", seen);
    window.addEventListener("online", now);
    settle();
    return { tick, now, pause, pausedFor, setPeriod, silence, slept, stop, state };
  }

  ksys.clock = { start, rest, patience, pace };
})();
