/** Rows of a CSV file that is coming, counted in its bytes: a line break in quotes is none. */

const QUOTE = 0x22;
const END = 0x0a;

/**
 * @returns {{ add: function(Uint8Array): void, rows: function(): number }} the head is no row
 */
export function counter() {
  let inside = false;
  let lines = 0;
  return {
    add(bytes) {
      // Most files have no quote at all: then only line ends are looked for.
      if (!inside && bytes.indexOf(QUOTE) === -1) {
        lines += plain(bytes);
        return;
      }
      for (const byte of bytes) {
        if (byte === QUOTE) inside = !inside;
        else if (byte === END && !inside) lines++;
      }
    },
    rows: () => Math.max(0, lines - 1),
  };
}

/** @param {Uint8Array} bytes @returns {number} */
function plain(bytes) {
  let lines = 0;
  for (let at = bytes.indexOf(END); at !== -1; at = bytes.indexOf(END, at + 1)) lines++;
  return lines;
}
