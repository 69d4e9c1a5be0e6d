/**
 * Whoever is turned away because the server is busy (503 with Retry-After) asks again by itself.
 *
 * Dash asks by `fetch` too, and would take the first such answer for a failure; so it is `fetch`
 * itself that is patient. Whoever still has no answer in the end gets the 503, and "ksys:busy" says
 * so to the page. Who sent too many requests (429) is told at once: to ask again would be more.
 *
 * Of the page itself Dash asks once. Where nobody answers that, the middle of the shell would stay
 * empty for ever, so it is asked for until it is there, and the shell says so.
 */
(function () {
  "use strict";
  /** Milliseconds to rest after one, two, three and more refusals: places are free within some. */
  const RESTS = [100, 200, 400, 800];
  /** The last rest of all [ms], which is what Retry-After asks for. */
  const LONGEST = 1000;
  /** So often it is asked again: for 10 s, and a page waits for an answer for 15 at least. */
  const TRIES = 13;
  /** The share by which rests differ, so that not all who were turned away come at once. */
  const JITTER = 0.2;
  /** What Dash asks of the page that an address names. */
  const PAGE = '"output":".._pages_content.children';
  /** So long nobody answered before it is asked for again [ms]. */
  const LOST = 2000;
  const once = window.fetch.bind(window);
  /** How often a page was asked for: only the last one is wanted. */
  let pages = 0;

  /**
   * @param {number} tried how often it was asked again
   * @returns {Promise<void>}
   */
  function rest(tried) {
    const milliseconds = (RESTS[tried] || LONGEST) * (1 - JITTER + JITTER * Math.random());
    return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
  }

  /** @param {Response} answer @returns {boolean} */
  const isBusy = (answer) => answer.status === 503 && answer.headers.has("Retry-After");

  /** @param {boolean} isLost whether nobody answered for the page */
  function say(isLost) {
    const words = document.getElementById("shell-lost");
    if (!words) return;
    // Only then: what is a notice tells others that there is a word to be read.
    words.className = isLost ? "notice notice--warning" : "";
    words.hidden = !isLost;
  }

  /**
   * @param {RequestInfo | URL} input
   * @param {RequestInit} [options]
   * @returns {Promise<Response>} the page, once somebody answers
   */
  async function page(input, options) {
    const mine = ++pages;
    for (;;) {
      try {
        const answer = await once(input, options);
        if (mine === pages) say(false);
        return answer;
      } catch (error) {
        if (mine !== pages) throw error;
      }
      say(true);
      await new Promise((resolve) => window.setTimeout(resolve, LOST));
    }
  }

  window.fetch = async function (input, options) {
    const ask = String(options?.body ?? "").includes(PAGE) ? page : once;
    let answer = await ask(input, options);
    // The body of a Request is gone once it is sent.
    const patient = !(input instanceof Request);
    for (let tried = 0; patient && isBusy(answer) && tried < TRIES; tried++) {
      await rest(tried);
      answer = await once(input, options);
    }
    if (isBusy(answer) || answer.status === 429) document.dispatchEvent(new Event("ksys:busy"));
    return answer;
  };
  // For what is never turned away: the frame of the overview.
  /** @type {*} */ (window.fetch).atOnce = once;
})();
