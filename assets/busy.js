/**
 * Whoever is turned away because the server is busy (503 with Retry-After) asks again by itself.
 *
 * Dash asks by `fetch` too, and would take the first such answer for a failure; so it is `fetch`
 * itself that is patient. Whoever still has no answer in the end gets the 503, and "ksys:busy" says
 * so to the page. Who sent too many requests (429) is told at once: to ask again would be more.
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
  const once = window.fetch.bind(window);

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

  window.fetch = async function (input, options) {
    let answer = await once(input, options);
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
