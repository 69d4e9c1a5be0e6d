/**
 * Words of the scripts, from the same catalogue as the page: `t("Show all tags")`. The English text
 * is the key; `make messages` finds it where it is written, so it is always written out.
 */

/** @type {Record<string, [string, string]>} by its form after a consonant and after a vowel */
const FORMS = {
  "이(가)": ["이", "가"],
  "은(는)": ["은", "는"],
  "을(를)": ["을", "를"],
  "와(과)": ["과", "와"],
  "과(와)": ["과", "와"],
  "(으)로": ["으로", "로"],
};
/** The final consonants of 0 to 9 as they are read, by their numbers in Unicode. */
const DIGITS = [21, 8, 0, 16, 0, 0, 1, 8, 8, 0];
const RIEUL = 8;
const OPEN = /([가-힣0-9])(['"”’]?)(이\(가\)|은\(는\)|을\(를\)|와\(과\)|과\(와\)|\(으\)로)/g;

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

/**
 * Korean particles go by the last sound before them, as in `data/analysis/written/particles.py`:
 * 초로 and 분으로, 밸브가 and 탱크 1이.
 *
 * @param {string} text
 * @returns {string} the sentence with the particles that fit the words before them
 */
export function fitted(text) {
  return text.replace(OPEN, (_whole, last, quote, both) => {
    const final = DIGITS[last] ?? (last.charCodeAt(0) - "가".charCodeAt(0)) % 28;
    const isOpen = !final || (final === RIEUL && both === "(으)로");
    return last + quote + FORMS[both][isOpen ? 1 : 0];
  });
}

/** @returns {string} the page's language, for Intl */
export function language() {
  return document.documentElement.lang || "en";
}
