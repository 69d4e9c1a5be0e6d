/** Shapes that the modules of trend and tech hand to one another. */

/**
 * The window of an answer, as the server says it.
 *
 * @typedef {object} ShownTime
 * @property {string} window its token where it moves with the clock, else empty
 * @property {string} start exactly, with offset
 * @property {string} stop
 * @property {string} label
 * @property {string} motion `live`, how else it moves, that it is not over yet, or empty
 * @property {string} typed what one types for it
 * @property {string[]} days the first and the last that it touches
 * @property {string} today
 * @property {string} zone
 */

/**
 * What trend or tech asks the server: a window, tags, and how to look at them.
 *
 * @typedef {object} Question
 * @property {string[]} [tag] without it, the historian's first
 * @property {string | null} [window] such as `24h`
 * @property {string | null} [start]
 * @property {string | null} [stop]
 * @property {string | null} [zoom] `start/stop` inside the window
 * @property {string | null} [statistic]
 * @property {string | null} [axes] lanes, overlay or span
 * @property {string | null} [indicators] names of those that are seen, where not the usual ones
 * @property {string | null} [resolution]
 * @property {string} [tz]
 * @property {string | null} [compare] a period before, or when the other window starts
 * @property {string | null} [chosen] the tag whose earlier line is drawn, where not the first
 * @property {string | null} [select] of an address: the stretch that is told below the chart
 * @property {string | null} [events] on or off
 * @property {string | null} [forecast] on or off
 * @property {number} [refresh] seconds between two refreshes
 * @property {number} [width] of the chart [px]
 * @property {string} [theme]
 * @property {number} [n] how often the same was asked again
 */

/**
 * What the server says of the answer that is drawn: its bounds, its clock, the query of its rows.
 *
 * @typedef {object} Shown
 * @property {string} start
 * @property {string} stop
 * @property {string} now
 * @property {number} offset of the displayed clock [min]
 * @property {boolean} changes whether that is another one in a part of the window
 * @property {boolean} old whether the historian did not answer, so that an earlier answer is shown
 * @property {boolean} live whether the same question has another answer later
 * @property {string[]} tags that were asked for
 * @property {string[]} existing those of them that the historian has
 * @property {boolean} singly whether each row is one reading
 * @property {ShownTime} time
 * @property {Record<string, string | null>} asked what of its question says which window,
 *   and what that is compared with
 * @property {Record<string, string | number | string[] | null>} query
 */

export {};
