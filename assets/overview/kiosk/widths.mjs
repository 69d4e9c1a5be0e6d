/** How wide texts are, in the size of their type: each is measured once, and not on the page. */

const SIZE = 100;
/** Texts that are remembered; a plant's words and shapes of numbers are fewer. */
const MOST = 20_000;
/** Digits are all as wide as one another; so a changing number is measured once. */
const DIGITS = /\d/g;
/** What is drawn is no wider than what was measured, and so much. */
const SAFE = 1.02;
/** @type {Map<string, number>} */
const known = new Map();
/** What measures, for each weight. @type {Map<number, CanvasRenderingContext2D | null>} */
const pens = new Map();

/**
 * @param {number} weight
 * @returns {CanvasRenderingContext2D | null} what measures the page's type
 */
function pen(weight) {
  const found = pens.get(weight);
  if (found !== undefined) return found;
  const made = document.createElement("canvas").getContext("2d");
  const family = window.getComputedStyle(document.body).fontFamily;
  if (made) made.font = `${weight} ${SIZE}px ${family}`;
  pens.set(weight, made);
  return made;
}

/**
 * @param {string} text
 * @param {number} [weight] of the type
 * @returns {number} its width [em]
 */
export function em(text, weight = 400) {
  const shape = text.replace(DIGITS, "0");
  const key = weight + shape;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size > MOST) known.clear();
  const tool = pen(weight);
  if (!tool) return shape.length;
  const width = (SAFE * tool.measureText(shape).width) / SIZE;
  known.set(key, width);
  return width;
}

/**
 * @param {string[]} texts from the longest on
 * @param {number} room [em]
 * @param {number} [weight]
 * @returns {string} the first that fits, else the last
 */
export function fitting(texts, room, weight = 400) {
  const found = texts.find((text) => em(text, weight) <= room);
  return found ?? texts[texts.length - 1] ?? "";
}
