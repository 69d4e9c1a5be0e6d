/** What this browser keeps for its viewer, by name; other tabs see it too. */

/**
 * @param {unknown} error
 * @returns {boolean} whether this browser keeps nothing: no store, or one that is refused or full
 */
const isAbsent = (error) => error instanceof DOMException || error instanceof TypeError;

/**
 * @param {string} name
 * @returns {*} what is kept under a name; null if that is nothing or no JSON
 */
export function read(name) {
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
 * @returns {boolean} whether it is kept: a browser may keep nothing, or no more
 */
export function write(name, value) {
  try {
    window.localStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return false;
  }
}
