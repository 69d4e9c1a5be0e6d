/**
 * What the overview knows: the tags (sent once), the last frame, and the time by the database.
 *
 * Ages are counted on from the database's clock with performance.now(): the browser's own clock may
 * be wrong by an hour and nothing here would notice.
 */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const FRESH = 0;
  const LATE = 1;
  const STALE = 2;
  const FRESHNESS = ["FRESH", "LATE", "STALE", "NO DATA"];

  const RARE = ["descriptions", "units", "decimals", "states", "groups", "types", "spans", "widths", "limits", "rule_states"];

  /** @returns {object} a model without tags */
  function create() {
    return {
      n: 0, names: [], version: null, seq: 0, now: NaN, at: 0, error: null, index: new Map(), clock: new Set(), sparkSeq: 0,
    };
  }

  /** @returns {string} all that changes rarely of one tag: a card built from the same stays */
  function build(model, i) {
    return JSON.stringify([model.names[i], model.rule_notes[i], ...RARE.map((column) => model[column][i])]);
  }

  /**
   * Take in what changes rarely: `/overview/tags`. What was shown of a tag stays known, so that only
   * a true change of its state is told.
   */
  function takeTags(model, tags) {
    const before = { index: model.index, shown: model.shown };
    Object.assign(model, tags, { n: tags.names.length, sparks: null, sparkSeq: model.sparkSeq + 1, hour: null });
    model.index = new Map(tags.names.map((name, i) => [name, i]));
    model.found = tags.names.map((name, i) => (name + "\n" + tags.descriptions[i]).toLowerCase());
    model.value = new Array(model.n).fill(null);
    model.delta = new Array(model.n).fill(null);
    model.time = new Float64Array(model.n).fill(NaN);
    model.gaps = new Array(model.n).fill(NaN);
    for (const column of ["sent", "shown", "fresh", "alarm", "quality", "freshness"]) {
      model[column] = new Uint8Array(model.n);
    }
    model.whole = new Int32Array(model.n).fill(-1);
    model.reasons = {};
    model.code = Object.fromEntries(tags.badges.map((badge, code) => [badge, code]));
    model.shown.forEach((_, i) => {
      const place = before.index.get(model.names[i]);
      model.shown[i] = place === undefined ? model.code.NORMAL : before.shown[place];
    });
  }

  function codes(text, column) {
    for (let i = 0; i < column.length; i++) {
      const letter = text.charCodeAt(i);
      column[i] = letter < 58 ? letter - 48 : letter - 87; // 0…9, then a, b, …
    }
  }

  /**
   * Take in a frame. Its time counts from the asking: an answer slow on its way makes ages older than
   * they are, never younger.
   *
   * @param {object} frame the answer of `/overview/frame`
   * @param {number} kept milliseconds the server has kept this answer
   * @param {number} asked when it was asked for, by performance.now()
   */
  function takeFrame(model, frame, kept, asked) {
    if (frame.value.length !== model.n) throw new Error(frame.value.length + " values for " + model.n + " tags");
    const second = Math.floor(frame.now / 1000);
    model.now = frame.now + kept;
    model.at = asked;
    model.seq += 1;
    model.gaps = frame.gap;
    model.value = frame.value;
    model.delta = frame.delta;
    model.reasons = frame.reasons;
    model.clock = new Set(frame.clock);
    for (let i = 0; i < model.n; i++) {
      const age = frame.age[i];
      model.time[i] = age === null ? NaN : (second - age) * 1000;
    }
    codes(frame.badge, model.sent);
    codes(frame.alarm, model.alarm);
    codes(frame.quality, model.quality);
    codes(frame.freshness, model.freshness);
  }

  /** @returns {number} the database's time now [ms since the epoch], NaN before the first frame */
  function now(model) {
    return model.now + (performance.now() - model.at);
  }

  /** @returns {number} 0 FRESH, 1 LATE, 2 STALE, 3 NO DATA: the worse of what was sent and counted */
  function freshness(model, i, moment) {
    const age = (moment - model.time[i]) / 1000;
    const gap = model.gaps[i];
    const counted = !(age > gap) ? FRESH : age > 3 * gap ? STALE : LATE;
    return Math.max(model.freshness[i], counted);
  }

  /**
   * Work out the state of every tag now: what the server said, made worse by an age counted on.
   *
   * @returns {{changed: number[], turned: number[]}} tags of which anything of the state changed,
   *   and those whose badge did
   */
  function judge(model) {
    const moment = now(model);
    const { LATE: late, STALE: stale } = model.code;
    const changed = [];
    const turned = [];
    for (let i = 0; i < model.n; i++) {
      const fresh = freshness(model, i, moment);
      let badge = model.sent[i];
      if (fresh === STALE) badge = Math.min(badge, stale);
      else if (fresh === LATE) badge = Math.min(badge, late);
      const whole = badge | (fresh << 4) | (model.alarm[i] << 6) | (model.quality[i] << 8);
      if (whole === model.whole[i]) continue;
      model.whole[i] = whole;
      changed.push(i);
      if (badge !== model.shown[i]) turned.push(i);
      model.shown[i] = badge;
      model.fresh[i] = fresh;
    }
    return { changed, turned };
  }

  /** @returns {string[]} every state a tag is counted in: its badge, and what stands beside it */
  function statesOf(model, i) {
    const states = [model.badges[model.shown[i]]];
    const alarm = model.alarms[model.alarm[i]];
    const quality = model.qualities[model.quality[i]];
    const rule = model.rule_words[model.rule_states[i]];
    const fresh = FRESHNESS[model.fresh[i]];
    for (const state of [alarm, fresh, quality, rule]) {
      if (model.code[state] !== undefined && state !== "NORMAL" && !states.includes(state)) states.push(state);
    }
    if (model.clock.has(i) && !states.includes("CLOCK")) states.push("CLOCK");
    return states;
  }

  /** @returns {string[]} keys of the reasons why the quality is not GOOD */
  function reasonsOf(model, i) {
    const mask = model.reasons[i] || 0;
    return model.reason_keys.filter((key, bit) => mask & (1 << bit));
  }

  /** @returns {string[]} the reasons of a tag in words, the rule's fault included */
  function wordsOf(model, i) {
    const words = reasonsOf(model, i).map((key) => window.ksys.t(`reason_${key}`));
    if (model.rule_notes[i]) words.push(model.rule_notes[i]);
    return words;
  }

  /** @returns {string} the value in words or digits, without its unit */
  function valueText(model, i) {
    const value = model.value[i];
    const states = model.states[i];
    if (states && value !== null && states[value] !== undefined) return states[value];
    return overview.format.number(value, model.decimals[i]);
  }

  /** @returns {number} 2 CRITICAL, 1 WARNING, 0 else: the last trusted alarm */
  function severity(model, i) {
    return { WARNING: 1, CRITICAL: 2 }[model.alarms[model.alarm[i]]] || 0;
  }

  overview.model = {
    build, severity, create, takeTags, takeFrame, now, freshness, judge, statesOf, reasonsOf, wordsOf, valueText,
  };
})();
