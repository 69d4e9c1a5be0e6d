/** Words of the scripts, from the same catalogue as the page: `ksys.t(key, holes)`. */
(function () {
  "use strict";
  window.ksys = window.ksys || {};
  let words = null;

  /**
   * @param {string} key a key of BROWSER in components/messages.py
   * @param {Object<string, string|number>} [holes] what fills `%(name)s`
   * @returns {string} the sentence in the page's language
   */
  window.ksys.t = function (key, holes) {
    words = words || JSON.parse(document.getElementById("ksys-messages").textContent);
    const text = words[key];
    if (text === undefined) throw new Error("no message " + key);
    return text.replace(/%\((\w+)\)s/g, (whole, name) =>
      holes && name in holes ? String(holes[name]) : whole
    );
  };

  /** @returns {string} the page's language, for Intl */
  window.ksys.language = function () {
    return document.documentElement.lang || "en";
  };
})();
