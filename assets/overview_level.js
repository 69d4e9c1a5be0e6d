/** The level bar of a card: the span, the normal band, the zones of the rule, the mark of the value. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const TOP = 6;
  const HEIGHT = 7;

  /** @returns {SVGElement} one stretch of the bar, from and to in shares of the span */
  function stretch(from, to, kind) {
    const low = Math.max(0, Math.min(1, from)) * 100;
    const high = Math.max(0, Math.min(1, to)) * 100;
    return overview.dom.svg("rect", {
      class: kind, x: low + "%", width: Math.max(0, high - low) + "%", y: TOP, height: HEIGHT,
    });
  }

  /**
   * Draw the zones of a rule; they change only with the rule.
   *
   * @param {SVGElement} bar
   * @param {{low: number, high: number}|null} range of the bar
   * @param {(number|null)[]|null} limits lo_lo, lo, hi, hi_hi
   */
  function zones(bar, range, limits) {
    const parts = [stretch(0, 1, "level__track")];
    if (range && limits) {
      const at = (value) => (value - range.low) / (range.high - range.low);
      const [loLo, lo, hi, hiHi] = limits;
      const bottom = lo !== null ? at(lo) : loLo !== null ? at(loLo) : 0;
      const top = hi !== null ? at(hi) : hiHi !== null ? at(hiHi) : 1;
      parts.push(stretch(bottom, top, "level__band"));
      if (loLo !== null) parts.push(stretch(0, at(loLo), "zone zone--critical"));
      if (lo !== null) parts.push(stretch(loLo === null ? 0 : at(loLo), at(lo), "zone zone--warning"));
      if (hi !== null) parts.push(stretch(at(hi), hiHi === null ? 1 : at(hiHi), "zone zone--warning"));
      if (hiHi !== null) parts.push(stretch(at(hiHi), 1, "zone zone--critical"));
    }
    bar.replaceChildren(...parts);
  }

  /** @returns {SVGElement} the mark; its x is the value's place */
  function mark() {
    const { svg } = overview.dom;
    return svg("svg", { class: "level__mark", overflow: "visible" },
      svg("path", { d: "M-5,0h10l-5,7z M-1,6h2v9h-2z" }));
  }

  /** @returns {{low: number, high: number}|null} the rule's span, else the last hour's range */
  function range(model, i) {
    const span = model.spans[i];
    if (span && span[0] !== null && span[1] !== null) return { low: span[0], high: span[1], rule: true };
    const hour = model.sparks && model.sparks[i];
    return hour && hour.high > hour.low ? { low: hour.low, high: hour.high, rule: false } : null;
  }

  overview.level = { zones, mark, range };
})();
