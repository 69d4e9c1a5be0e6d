/** What this browser keeps: the viewer's own pins and groups. */

const PINS = "ksys-pins";
const GROUPS = "ksys-groups";

/**
 * @param {unknown} error
 * @returns {boolean} whether this browser keeps nothing: no store, or one that is refused or full
 */
const isAbsent = (error) => error instanceof DOMException || error instanceof TypeError;

/**
 * @param {string} name
 * @returns {*} what this browser keeps under a name; null if that is nothing or no JSON
 */
function kept(name) {
  try {
    return JSON.parse(window.localStorage.getItem(name) || "null");
  } catch (error) {
    if (error instanceof SyntaxError || isAbsent(error)) return null;
    throw error;
  }
}

/**
 * @param {string} name
 * @param {*} value
 */
function keep(name, value) {
  try {
    window.localStorage.setItem(name, JSON.stringify(value));
  } catch (error) {
    // A browser may keep nothing, or no more: then it is so for this page alone.
    if (!isAbsent(error)) throw error;
  }
}

/** @param {*} value @returns {boolean} */
const areNames = (value) => Array.isArray(value) && value.every((name) => typeof name === "string");

/** @returns {string[]} the viewer's own pins */
export function pins() {
  const found = kept(PINS);
  return areNames(found) ? found : [];
}

/** @param {string[]} names of the tags that are pinned */
export const keepPins = (names) => keep(PINS, names);

/** @returns {Record<string, string[]>} the viewer's own groups: what has the shape of one */
export function groups() {
  const found = kept(GROUPS);
  if (found === null || typeof found !== "object" || Array.isArray(found)) return {};
  return Object.fromEntries(Object.entries(found).filter(([, tags]) => areNames(tags)));
}

/** @param {Record<string, string[]>} own */
export const keepGroups = (own) => keep(GROUPS, own);
