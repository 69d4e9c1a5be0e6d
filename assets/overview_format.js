/** Numbers, ages and times as the overview shows them, in the page's language and the site zone. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const SIGNIFICANT = 5;
  const LONG = 10;
  const DAY = 86400000;
  const numbers = new Map();
  const times = new Map();
  const collators = new Map();

  /** @returns {Intl.NumberFormat} made once for each precision and language */
  function numberFormat(key, options) {
    const name = window.ksys.language() + key;
    if (!numbers.has(name)) {
      numbers.set(name, new Intl.NumberFormat(window.ksys.language(), options));
    }
    return numbers.get(name);
  }

  /**
   * @param {number|null} value
   * @param {number|null} decimals digits after the point; null: 5 significant digits
   * @returns {string} the number, or a dash where there is none
   */
  function number(value, decimals) {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    if (size >= 1e15 || (size > 0 && size < 1e-4 && decimals === null)) {
      return numberFormat("e", { notation: "scientific", maximumSignificantDigits: SIGNIFICANT }).format(value);
    }
    if (decimals === null || decimals === undefined) {
      return numberFormat("s", { maximumSignificantDigits: SIGNIFICANT }).format(value);
    }
    return numberFormat("d" + decimals, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    }).format(value === 0 ? 0 : value);
  }

  /** @returns {string} with every digit that the reading has */
  function exact(value) {
    return numberFormat("x", { maximumSignificantDigits: 17 }).format(value);
  }

  /** @returns {string} the number, short where it has many digits: 1B, 12.346M */
  function compact(value) {
    const whole = number(value, null);
    if (whole.length <= LONG || Math.abs(value) >= 1e15) return whole;
    return numberFormat("c", { notation: "compact", maximumSignificantDigits: SIGNIFICANT }).format(value);
  }

  /** @returns {string} "1 tag", "12 tags" */
  function tags(count) {
    return count === 1 ? window.ksys.t("tag_count") : window.ksys.t("tags_count", { n: number(count, 0) });
  }

  /** @returns {number} the order of two names: T2 before T10; equals cost nothing */
  function compare(one, other) {
    if (one === other) return 0;
    const language = window.ksys.language();
    if (!collators.has(language)) collators.set(language, new Intl.Collator(language, { numeric: true }));
    return collators.get(language).compare(one, other);
  }

  /** @returns {string} a change: +6.1, −88, ±0 */
  function signed(value, decimals) {
    const text = number(Math.abs(value), decimals);
    if (value === 0) return "±" + text;
    return (value > 0 ? "+" : "−") + text;
  }

  /** @returns {string} 12.3 of a share that may be signed */
  function percent(share) {
    return numberFormat("p", { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(share * 100);
  }

  /** @returns {string} "8 s", "3 min", "2 h", "5 d" */
  function span(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    if (seconds < 60) return window.ksys.t("span_seconds", { n: seconds });
    if (seconds < 3600) return window.ksys.t("span_minutes", { n: Math.floor(seconds / 60) });
    if (seconds < 172800) return window.ksys.t("span_hours", { n: Math.floor(seconds / 3600) });
    return window.ksys.t("span_days", { n: number(Math.floor(seconds / 86400), 0) });
  }

  function timeFormat(zone, long) {
    const name = zone + long;
    if (!times.has(name)) {
      const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
      const day = { year: "numeric", month: "2-digit", day: "2-digit" };
      // Swedish writes 2026-11-22 22:06:22, the one order that no reader takes for another.
      const options = { timeZone: zone, ...clock, ...(long ? day : {}) };
      times.set(name, new Intl.DateTimeFormat("sv-SE", options));
    }
    return times.get(name);
  }

  /** @returns {string} HH:MM:SS in the site zone, with the date where it is a day or more away */
  function time(moment, zone, now) {
    if (!Number.isFinite(moment)) return "";
    return timeFormat(zone, Math.abs(now - moment) >= DAY).format(moment);
  }

  /** @returns {string} 2026-11-22 22:06:22 in the site zone */
  function stamp(moment, zone) {
    return Number.isFinite(moment) ? timeFormat(zone, true).format(moment) : "–";
  }

  overview.format = { number, compact, exact, signed, percent, tags, compare, span, time, stamp };
})();
