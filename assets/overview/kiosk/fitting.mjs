/** How much fits on a wall: the scale of all, and screenfuls of whole lines. Touches no node. */

/** Scales that are tried: 3, 2.95 … 0.7. */
export const SCALES = Array.from({ length: 47 }, (_, k) => (60 - k) / 20);
/** Below it nothing can be read from afar. */
export const FLOOR = SCALES[SCALES.length - 1];

/** @typedef {[number, number]} Edges upper and lower [px] */

/**
 * @param {function(number): boolean} fits whether all is on the screen at a scale; what fits at one
 *   fits at a smaller
 * @returns {number} the largest scale that fits, the smallest if there is none
 */
export function largest(fits) {
  if (!fits(FLOOR)) return FLOOR;
  let [best, small] = [0, SCALES.length - 1];
  while (best < small) {
    const tried = Math.floor((best + small) / 2);
    if (fits(SCALES[tried])) small = tried;
    else best = tried + 1;
  }
  return SCALES[small];
}

/**
 * @param {Edges[]} lines of the board, from above
 * @param {number} room height of a screenful [px]
 * @returns {Edges[]} edges of every screenful: as many whole lines as fit, one at least
 */
export function screenfuls(lines, room) {
  /** @type {Edges[]} */
  const found = [];
  for (const [upper, lower] of lines) {
    const last = found[found.length - 1];
    if (last && lower - last[0] <= room) last[1] = lower;
    else found.push([upper, lower]);
  }
  return found;
}

/**
 * @param {Edges} block edges of a block of lines
 * @param {number} count how many lines it has
 * @param {number} line height of one [px]
 * @returns {Edges[]} edges of its lines, the space between them spread evenly
 */
export function linesOf([upper, lower], count, line) {
  const space = (lower - upper - count * line) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, k) => {
    const top = upper + k * (line + space);
    return [top, top + line];
  });
}
