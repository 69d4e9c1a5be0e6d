/**
 * Words of the scripts, from the same catalogue as the page: `t("Show all tags")`. The English text
 * is the key; `make messages` finds it where it is written, so it is always written out.
 */

import { fitted } from "./particles.mjs";

/** @type {Record<string, string> | null} */
let words = null;

/** @returns {Record<string, string>} the words that the page carries */
function carried() {
  const place = document.getElementById("ksys-messages");
  return JSON.parse(place?.textContent || "{}");
}

/**
 * @param {string} english as it stands in the catalogue
 * @param {Record<string, string | number>} [holes] what fills `%(name)s`
 * @returns {string} the sentence in the page's language
 */
export function t(english, holes) {
  words = words || carried();
  const text = words[english] ?? english;
  const sentence = text.replace(/%\((\w+)\)s/g, (whole, name) =>
    holes && name in holes ? String(holes[name]) : whole,
  );
  return fitted(sentence);
}

/** @returns {string} the page's language, for Intl */
export function language() {
  return document.documentElement.lang || "en";
}
