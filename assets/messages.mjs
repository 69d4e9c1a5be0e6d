/** Words of the scripts, from the same catalogue as the page: `t(text, holes)`. */

/** @type {Record<string, string> | null} */
let words = null;

/** @returns {Record<string, string>} the words that the page carries */
function carried() {
  const place = document.getElementById("ksys-messages");
  return JSON.parse(place?.textContent || "{}");
}

/**
 * @param {string} key of BROWSER in components/messages.py
 * @param {Record<string, string | number>} [holes] what fills `%(name)s`
 * @returns {string} the sentence in the page's language
 */
export function t(key, holes) {
  words = words || carried();
  const text = words[key];
  if (text === undefined) throw new Error("no message " + key);
  return text.replace(/%\((\w+)\)s/g, (whole, name) =>
    holes && name in holes ? String(holes[name]) : whole,
  );
}

/** @returns {string} the page's language, for Intl */
export function language() {
  return document.documentElement.lang || "en";
}
