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
   * @returns {object} tick, now, pause, setPeriod, silence, state, stop
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
      answered: performance.now(),
      alive: true,
    };
    let abort = null;
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
      if (!state.alive || state.inFlight || state.paused || state.hidden) return;
      const asked = performance.now();
      const mine = (abort = new AbortController());
      state.inFlight = true;
      settle();
      const alarm = window.setTimeout(() => mine.abort(), patience(state.period));
      let ok = false;
      try {
        ok = await options.ask(mine.signal, () => (state.answered = performance.now()));
      } catch (error) {
        if (!mine.dropped) console.warn("ksys refresh:", error.message);
      }
      window.clearTimeout(alarm);
      state.inFlight = false;
      if (!mine.dropped) rate(ok, performance.now() - asked);
      settle();
    }

    /** Choose the rest before the next tick. */
    function rate(ok, took) {
      state.strikes = ok && took <= state.period ? 0 : state.strikes + 1;
      state.delay = pace(state, ok, took, random);
    }

    /** Refresh at once, not waiting for the interval. */
    function now() {
      state.delay = state.period;
      tick();
    }

    /** A pause drops the request under way: what is on the screen stays. */
    function pause(paused) {
      state.paused = paused;
      if (paused && abort && state.inFlight) {
        abort.dropped = true;
        abort.abort();
      }
      if (!paused) state.answered = performance.now();
      settle();
      if (!paused) now();
    }

    function setPeriod(period) {
      state.period = state.delay = period;
      state.strikes = 0;
      settle();
    }

    /** @returns {number} milliseconds without an answer, 0 while that is no cause for worry */
    function silence() {
      const quiet = performance.now() - state.answered;
      const worry = !state.paused && !state.hidden && quiet > SILENT_PERIODS * state.period;
      return worry ? quiet : 0;
    }

    function seen() {
      state.hidden = document.hidden;
      if (!state.hidden) state.answered = performance.now();
      settle();
      if (!state.hidden) now();
    }

    function stop() {
      state.alive = false;
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", now);
      if (abort) {
        abort.dropped = true;
        abort.abort();
      }
    }

    document.addEventListener("visibilitychange", seen);
    window.addEventListener("online", now);
    settle();
    return { tick, now, pause, setPeriod, silence, stop, state };
  }

  ksys.clock = { start, rest, patience, pace };
})();
