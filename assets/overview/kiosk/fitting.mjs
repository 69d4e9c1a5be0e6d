/**
 * How a wall is divided: which kind of card, how large, how many in a line, and what stands on each
 * screenful. All lengths are in hundredths of the screen's height [vh]. Touches no node.
 */

/** No text on a wall is lower than this … */
export const LEAST = 100 / 60;
/** … and no value than this [vh]. */
export const LEAST_VALUE = 100 / 30;
/** A long name stands in so much smaller type, at last on two lines. */
export const SMALLER = 0.81;
/** A name on two lines is as low as may be [vh]. */
const TINY = 1.7;
/** A value stands as it should down to so much of its size. */
const FULL_ENOUGH = 0.8;
/** On two lines a name has half of its width, and what the last letter of the first leaves [em]. */
const LETTER = 0.9;
/** A longer name has no word beside its shape [em]. */
const SHORT = 4;
/** Between what stands beside one another in a head [vh]. */
const BETWEEN = 0.8;
/** Narrower than this a card is a riddle from afar [vh]. */
const NARROW = 15.5;
/** Larger than so many times its first size nothing grows. */
const LARGEST = 3;
/** Which share of the tags stands as it should; the others take two places, or smaller type. */
const MOST = 0.9;
/** Heights of the line of what is abnormal, and of a group's heading, space below included [vh]. */
const ROW = 5.4;
export const HEADING = 4;

/**
 * One kind of card at its first size.
 *
 * @typedef {object} Kind
 * @property {string} name
 * @property {number} title size of the tag's name
 * @property {number} value
 * @property {number} unit
 * @property {number} shape room for the shape of a state
 * @property {number} badge room for shape and word of most states
 * @property {number} pad left and right of what stands in the card, its border included
 * @property {number} row least height
 * @property {number} gap between cards
 * @property {number} least it is shrunk to this scale, not further
 * @property {boolean} beside whether the unit stands beside the name, else beside the value
 */

/** From the richest on: many tags lose first the curve, then the change. @type {Kind[]} */
export const KINDS = [
  {
    ...{ name: "full", title: 2.9, value: 6.4, unit: 2.7, shape: 3.2, badge: 15, pad: 2.2 },
    ...{ row: 35, gap: 1.1, least: 0.93, beside: false },
  },
  {
    ...{ name: "plain", title: 2.4, value: 4.8, unit: 2.1, shape: 2.8, badge: 13, pad: 1.7 },
    ...{ row: 20.5, gap: 1, least: 1, beside: false },
  },
  {
    ...{ name: "small", title: 2.1, value: 3.9, unit: 1.75, shape: 2.2, badge: 2.2, pad: 1.3 },
    ...{ row: 12.1, gap: 0.85, least: 1, beside: true },
  },
];

/** @typedef {{ name: number, value: number, unit: number }} Widths of a tag's texts [em] */
/** @typedef {{ name: string | null, tags: number[] }} Group */
/** @typedef {{ tags: number[], group: Group, first: boolean }} Line `first`: of its group */
/** @typedef {{ width: number, room: number, row: boolean }} Place `row`: something is abnormal */

/**
 * @typedef {object} Layout
 * @property {Kind} kind
 * @property {number} scale
 * @property {number} columns
 * @property {number} cell width of one place [vh]
 * @property {Line[][]} screens
 * @property {number} room height of a screenful of which there are several, else 0
 * @property {Map<number, number>} spans places that a tag takes, where it takes several
 */

/**
 * @param {Kind} kind
 * @param {Widths} widths
 * @returns {number} how wide a card stands as it should: its name on one line, its value full size
 */
export function wanted(kind, { name, value, unit }) {
  const beside = kind.beside ? unit * kind.unit + BETWEEN : 0;
  const title = name * kind.title * SMALLER + kind.shape;
  const badge = Math.min(name, SHORT) * kind.title * SMALLER + kind.badge;
  const head = Math.max(title, badge) + BETWEEN + beside;
  const size = Math.max(LEAST_VALUE, FULL_ENOUGH * kind.value);
  return Math.max(head, number(kind, value * size, unit)) + 2 * kind.pad;
}

/**
 * @param {Kind} kind
 * @param {number} scale
 * @param {Widths} widths
 * @returns {number} how wide a card must be for its name, on two lines, its value and unit
 */
export function needed(kind, scale, { name, value, unit }) {
  const beside = kind.beside ? unit * kind.unit + BETWEEN : 0;
  const lines = ((name / 2 + LETTER) * TINY) / scale;
  const head = lines + BETWEEN + kind.shape + beside;
  const least = (value * LEAST_VALUE) / scale;
  return scale * (Math.max(head, number(kind, least, unit)) + 2 * kind.pad);
}

/**
 * @param {Kind} kind
 * @param {number} value its width
 * @param {number} unit [em]
 * @returns {number} width of the value, with its unit where that stands beside it
 */
const number = (kind, value, unit) => value + (kind.beside || !unit ? 0 : (unit + 0.5) * kind.unit);

/**
 * @param {number[]} lengths
 * @returns {number} the one that most do not exceed
 */
function most(lengths) {
  const sorted = [...lengths].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * MOST) - 1)] ?? 0;
}

/**
 * @param {Group[]} groups
 * @param {number} columns
 * @param {function(number): number} span places that a tag takes
 * @returns {Line[]} lines of cards, each group begins one
 */
export function lines(groups, columns, span) {
  /** @type {Line[]} */
  const found = [];
  for (const group of groups) {
    let used = columns;
    group.tags.forEach((i, k) => {
      const more = span(i);
      if (used + more > columns) {
        found.push({ tags: [], group, first: k === 0 });
        used = 0;
      }
      used += more;
      found[found.length - 1].tags.push(i);
    });
  }
  return found;
}

/**
 * @param {Line[]} all
 * @param {number} room height of a screenful
 * @param {number} row height of a line, with the space below it
 * @returns {Line[][]} as many whole lines as fit, one at least; a heading stands above its first
 */
export function screenfuls(all, room, row) {
  /** @type {Line[][]} */
  const found = [];
  let left = -1;
  for (const line of all) {
    const titled = line.group.name !== null;
    const heading = titled && line.first ? HEADING : 0;
    if (left < row + heading) {
      found.push([]);
      left = room - (titled ? HEADING : 0) - row;
    } else left -= row + heading;
    found[found.length - 1].push(line);
  }
  return found.length ? found : [[]];
}

/** Looks for the division of a place. */
class Search {
  /**
   * @param {Group[]} groups
   * @param {Map<number, Widths>} widths of the texts of each tag
   * @param {Place} place
   */
  constructor(groups, widths, place) {
    this.groups = groups.filter((group) => group.tags.length);
    this.tags = this.groups.flatMap((group) => group.tags);
    this.widths = widths;
    this.place = place;
    this.headings = this.groups.filter((group) => group.name !== null).length;
  }

  /**
   * @param {Kind} kind
   * @param {number} columns
   * @returns {number} width of one place
   */
  cell({ gap }, columns) {
    return (this.place.width - (columns - 1) * gap) / columns;
  }

  /** @param {number} i @returns {Widths} */
  of(i) {
    return this.widths.get(i) ?? { name: 0, value: 0, unit: 0 };
  }

  /**
   * @param {Kind} kind
   * @param {number} scale
   * @param {number} columns
   * @returns {Map<number, number>} places of each tag that takes several
   */
  spans(kind, scale, columns) {
    const cell = this.cell(kind, columns);
    const found = new Map();
    for (const i of this.tags) {
      const places = Math.ceil((needed(kind, scale, this.of(i)) + kind.gap) / (cell + kind.gap));
      if (places > 1) found.set(i, Math.min(columns, places));
    }
    return found;
  }

  /** @param {Kind} kind @returns {number} most cards that may stand in a line */
  widest(kind) {
    const { width } = this.place;
    return Math.max(1, Math.floor((width + kind.gap) / (NARROW + kind.gap)));
  }

  /**
   * @param {number} columns
   * @param {Map<number, number>} spans
   */
  dealt(columns, spans) {
    return lines(this.groups, columns, (i) => spans.get(i) ?? 1);
  }

  /**
   * @param {Kind} kind
   * @param {number} columns
   * @param {number} rows
   * @param {number} wide what most of the cards want at first size
   * @returns {number} the largest scale at which so many cards fit in lines, and lines above
   */
  scale(kind, columns, rows, wide) {
    const room = this.place.room - this.headings * HEADING;
    const tall = (room + kind.gap) / rows - kind.gap;
    return Math.min(LARGEST, tall / kind.row, this.cell(kind, columns) / wide);
  }

  /**
   * @param {Kind} kind
   * @returns {Layout | null} all on one screenful, as large as can be; null where it does not fit
   */
  whole(kind) {
    const wide = most(this.tags.map((i) => wanted(kind, this.of(i)))) || 1;
    /** @type {Layout | null} */
    let best = null;
    const count = this.tags.length;
    for (let columns = Math.min(count, this.widest(kind)); columns > 0; columns--) {
      const fewest = Math.ceil(count / columns);
      for (let rows = fewest; rows <= fewest + this.groups.length; rows++) {
        const scale = this.scale(kind, columns, rows, wide);
        if (scale < kind.least || (best && scale <= best.scale)) break;
        const spans = this.spans(kind, scale, columns);
        const all = this.dealt(columns, spans);
        if (all.length > rows) continue;
        const cell = this.cell(kind, columns);
        best = { kind, scale, columns, cell, screens: [all], room: 0, spans };
      }
    }
    return best;
  }

  /**
   * @param {Kind} kind
   * @returns {Layout} in as few screenfuls as can be, at first size; in fewer columns where that
   *   needs no more
   */
  several(kind) {
    const wide = most(this.tags.map((i) => wanted(kind, this.of(i))));
    let columns = this.widest(kind);
    while (columns > 1 && this.cell(kind, columns) < wide) columns--;
    let found = this.dealtIn(kind, columns);
    for (; columns > 1; columns--) {
      const fewer = this.dealtIn(kind, columns - 1);
      if (fewer.screens.length > found.screens.length) break;
      found = fewer;
    }
    return found;
  }

  /**
   * @param {Kind} kind
   * @param {number} columns
   * @returns {Layout}
   */
  dealtIn(kind, columns) {
    const room = this.place.room - (this.place.row ? ROW : 0) + kind.gap;
    const row = kind.row + kind.gap;
    const spans = this.spans(kind, 1, columns);
    const screens = screenfuls(this.dealt(columns, spans), room, row);
    const cell = this.cell(kind, columns);
    return { kind, scale: 1, columns, cell, screens, room, spans };
  }
}

/**
 * @param {Group[]} groups in their order
 * @param {Map<number, Widths>} widths of the texts of each tag
 * @param {Place} place
 * @returns {Layout} the richest kind of card with which all fits on one screenful; where none does,
 *   the richest that needs no more screenfuls than the smallest
 */
export function layout(groups, widths, place) {
  const search = new Search(groups, widths, place);
  for (const kind of KINDS) {
    const found = search.tags.length ? search.whole(kind) : null;
    if (found) return found;
  }
  const smallest = search.several(KINDS[KINDS.length - 1]);
  const fewest = smallest.screens.length;
  const richer = KINDS.map((kind) => search.several(kind));
  return richer.find(({ screens }) => screens.length <= fewest) ?? smallest;
}

/**
 * @param {Layout} layout
 * @param {Line[]} screen
 * @returns {number} lines of cards that a screenful has room for beside its own: the last one has
 *   cards as high as those of the others
 */
export function spare({ kind, room }, screen) {
  const headings = screen.filter(
    ({ group, first }, k) => group.name !== null && (first || k === 0),
  );
  const rows = (room - headings.length * HEADING) / (kind.row + kind.gap);
  return Math.max(0, Math.floor(rows) - screen.length);
}

/**
 * @param {Widths} widths
 * @param {Layout} layout
 * @param {number} span places
 * @returns {{ name: number, value: number }} how a card writes them: the name in its size (0), in
 *   smaller type (1) or on two lines (2); the value as share of its size
 */
export function steps({ name, value, unit }, { kind, scale, cell }, span) {
  const inside = (cell * span + kind.gap * (span - 1)) / scale - 2 * kind.pad;
  const beside = kind.beside ? unit * kind.unit + BETWEEN : 0;
  const head = inside - kind.shape - BETWEEN - beside;
  const fits = [kind.title, kind.title * SMALLER].findIndex((size) => name * size <= head);
  const room = inside - number(kind, 0, unit);
  const least = LEAST_VALUE / scale / kind.value;
  const share = Math.floor((100 * room) / (value * kind.value || 1)) / 100;
  return { name: fits < 0 ? 2 : fits, value: Math.max(least, Math.min(1, share)) };
}
