/** Shapes that files hand to one another, and those of the answers of `api/` (a test compares). */

/**
 * Why an answer is not new, in every answer that is not; absent where all is well.
 *
 * @typedef {object} Trouble
 * @property {string} [error] key of the failure
 * @property {string} [message] the failure in the viewer's language
 * @property {number} [as_of] when the answer that is sent instead was made [ms since 1970]
 */

/**
 * Answer of `/overview/tags`: what changes rarely, a column a quantity, in the order of the frames.
 *
 * @typedef {object} TagColumns
 * @property {string} version name of all of this; "" before there is any
 * @property {string[]} names
 * @property {string[]} descriptions
 * @property {string[]} units
 * @property {(Record<string, string> | null)[]} states words of a tag with states
 * @property {string[]} kinds value, state, angle or counter
 * @property {string[]} groups
 * @property {string[]} types
 * @property {(number | null)[][]} spans both ends of the instrument range [unit]
 * @property {(number | null)[]} widths of the range, where it has both ends [unit]
 * @property {(number | null)[][]} limits lo_lo, lo, hi, hi_hi [unit]
 * @property {number[]} rule_states place in `rule_words`
 * @property {string[]} badges words for the codes, worst first
 * @property {string[]} alarms
 * @property {string[]} qualities
 * @property {string[]} rule_words
 * @property {string[]} reason_keys a bit each, lowest first
 * @property {Record<string, string>} rule_notes what is wrong with a rule, by the tag's place
 * @property {["fault" | "warning" | "note", string][]} notices what is to be said of the rules and
 *   texts of all tags
 * @property {number} hold age from which a STALE tag is no longer shown as CRITICAL [s]
 * @property {number} reference how long ago a change is counted from [s]
 * @property {number} look_back how long ago the start of an alarm is sought [s]
 */

/** @typedef {TagColumns & Trouble} Tags */

/**
 * The limit that a tag in alarm crossed: its place in `limits`; how far the newest reading is over
 * it, below 0 within the deadband, null without one [unit]; since when [ms since 1970], null where
 * that is longer ago than `look_back`, absent where it is not found yet.
 *
 * @typedef {[number, number | null, (number | null)?]} Crossed
 */

/**
 * Answer of `/overview/frame`: what changes with every tick; codes are one character a tag.
 *
 * @typedef {object} FrameColumns
 * @property {string} version of the tags that this is of
 * @property {string} build that answered
 * @property {number} behind how far the database's clock has fallen behind [s]; 0: not at all
 * @property {number | null} replica how far the replica that was read is behind [s]; null: unknown
 * @property {boolean} rivals several servers say that they are the primary
 * @property {number} now the database's time [ms since 1970]
 * @property {(number | null)[]} value [unit]
 * @property {string} digits of each tag, see `digits.mjs`: a for 0, b for 1, …, A for -1, B for -2
 * @property {(number | null)[]} age [s]
 * @property {number[]} gap longest time without a reading that is no fault [s]
 * @property {(number | null)[]} delta change since the reference [unit]
 * @property {string} badge
 * @property {string} alarm
 * @property {string} quality
 * @property {string} freshness
 * @property {Record<string, number>} reasons mask of `reason_keys`, by the tag's place
 * @property {Record<string, Crossed>} crossed of the tags in alarm, by the tag's place
 * @property {number[]} clock places of the tags whose source has a wrong clock
 * @property {Record<string, number>} carried of an age, what a clock that stepped back hides [s]
 * @property {number[]} reset places of the counters that began again since the reference
 */

/** @typedef {FrameColumns & Trouble} Frame */

/**
 * Of a tag of states: its value; how often it was started in 24 hours, null where that is not
 * known; since when [ms since 1970], null where longer ago, absent where it is not known.
 *
 * @typedef {[number, number | null, (number | null)?]} Held
 */

/** @typedef {number | number[] | null} Hour what a card shows of one; values of a state */

/**
 * Answer of `/overview/sparklines`: low, high [unit], null without a number; mean, min, max as 60
 * letters, min and max left out where they are the mean; marks where readings are left out.
 *
 * @typedef {object} SparkColumns
 * @property {number} newest the last minute [ms since 1970]
 * @property {string[]} names
 * @property {[number | null, number | null, ...string[]][]} lines an empty one has no readings
 * @property {string[]} days a letter an hour, a blank without readings; none without rollups
 * @property {number | null} last_hour its start [ms since 1970]
 * @property {Record<string, Hour[]>} by_hour what counters added, when states were on
 * @property {Record<string, Held>} held since when states are what they are, by the tag's place
 * @property {number | null} held_at up to when that is counted [ms since 1970]
 * @property {Record<string, [number, number]>} arcs of angles, where theirs begins and ends [unit]
 */

/** @typedef {SparkColumns & Trouble} Sparklines */

/**
 * Answer of `/overview/reading`.
 *
 * @typedef {object} Reading
 * @property {number | null} time [ms since 1970]
 * @property {number | null} value [unit]
 */

/**
 * Since when [ms], state, how long [s], value; of an alarm its extreme and the time of that [ms].
 *
 * @typedef {[number, string, number, (number | null)?, (number | null)?, (number | null)?]} Change
 */

/**
 * Answer of `/overview/details`.
 *
 * @typedef {object} Details
 * @property {[number, number | null, number][]} readings time [ms since 1970], value [unit], qc
 * @property {number} digits of these readings, see `digits.mjs`
 * @property {number | null} time of the newest [ms since 1970]
 * @property {number | null} value of the newest [unit]
 * @property {Record<string, *> | null} rule
 * @property {Record<string, Record<string, number>>} time_in_state share [%] by hours, then state
 * @property {Change[]} changes
 * @property {[string, number][]} quality of each reading, and the mask of its reasons
 * @property {{ at: number[], mean: (number|null)[], low: *[], high: *[] }} curve of eight hours
 */

/**
 * The last hour of one tag: the range that its letters are heights in, and a letter a minute.
 *
 * @typedef {object} Series
 * @property {number} low [unit]
 * @property {number} high [unit]
 * @property {string} mean
 * @property {string} min
 * @property {string} max
 * @property {string} bad x for a minute of which readings are left out; "" where there is none
 */

/**
 * @typedef {object} Known what the overview knows: tags, the last frame, the database's time
 * @property {number} n how many tags
 * @property {Map<string, number>} index place of a tag by its name
 * @property {string[]} found what a search looks in, in small letters
 * @property {number[]} told where names are told apart: see `toldAfter` of `model/tags.mjs`
 * @property {string} zone of the site
 * @property {string} trend address of the trend page
 * @property {number} seq how many frames were taken in
 * @property {number} now the database's time at `at` [ms since 1970]
 * @property {number} at by performance.now()
 * @property {number} said the time that the last frame named [ms since 1970]
 * @property {number} slept by how much `at` was moved since, as the computer slept [ms]
 * @property {number} behind how far the database's clock has fallen behind [s]
 * @property {number | null} replica how far the replica that was read is behind [s]
 * @property {boolean} rivals several servers say that they are the primary
 * @property {Trouble | null} error
 * @property {(number | null)[]} value
 * @property {Int8Array} digits of value and delta, see `digits.mjs`
 * @property {(number | null)[]} delta
 * @property {Float64Array} time of the reading [ms since 1970]; NaN where there is none
 * @property {Float64Array} turned time of the first reading of another value, as frames showed it;
 *   before all times where they had one only [ms since 1970]
 * @property {Float64Array} carried what its age is more than now less its time [ms]
 * @property {number[]} gaps longest allowed [s]
 * @property {Uint8Array} sent badge, as it came
 * @property {Uint8Array} shown badge, made worse by an age counted on
 * @property {Uint8Array} fresh freshness, made worse by an age counted on
 * @property {Uint8Array} alarm
 * @property {Uint8Array} quality
 * @property {Uint8Array} freshness as it came
 * @property {Int32Array} whole all codes of a tag in one number
 * @property {Record<string, number>} reasons
 * @property {Record<string, Crossed>} crossed
 * @property {Set<number>} clock
 * @property {Set<number>} reset
 * @property {Record<string, number>} code place of a badge by its word
 * @property {SparkColumns | null} hour
 * @property {number} hourAt when it was taken in, by performance.now()
 * @property {Trouble | null} hourTrouble why it is not there, or is the last good one
 * @property {number | null} minute by how many the lines are moved to the left
 * @property {(Series | null)[] | null} sparks
 * @property {(string | null)[] | null} days a letter an hour; a dash for one that is not known
 * @property {Record<number, Hour[]>} hours as `by_hour`, by the tag's place now
 * @property {Record<number, Held>} held as the answer has it, by the tag's place now
 * @property {Record<number, [number, number]>} arcs likewise
 * @property {number} sparkSeq how often `sparks` or `days` changed
 */

/** @typedef {TagColumns & Known} Model */

/**
 * What the viewer chose: all of it is in the address.
 *
 * @typedef {object} View
 * @property {string} q search
 * @property {string[]} states
 * @property {string} sort
 * @property {string} group
 * @property {string} view
 * @property {string | null} by column the table is sorted by
 * @property {boolean} down
 * @property {number} every [s]
 * @property {string[]} tags
 * @property {string} name
 * @property {string[]} closed
 * @property {string | null} details
 * @property {boolean} kiosk
 * @property {number} rotate [s], 0 for none
 * @property {string[]} pins
 * @property {boolean} linked whether the pins came with the address
 * @property {Record<string, string[]>} own groups of the viewer's own
 * @property {boolean} settled whether names were compared with the plant's
 * @property {[string, string, string][]} faults parameter, value, choices
 * @property {number} defaultEvery [s]
 */

/**
 * What stands on the board for a tag. `tag` and `built` say what it was built from.
 *
 * @typedef {object} Item
 * @property {number} i place of the tag
 * @property {HTMLElement} node
 * @property {HTMLElement} link
 * @property {HTMLElement} pin
 * @property {string} [tag]
 * @property {string} [built]
 */

/**
 * The cards or rows of the page.
 * @typedef {object} Board
 * @property {HTMLElement} node
 * @property {number} columns items in a line
 * @property {function(number): Item} item of a tag
 * @property {function(View): number[]} arrange gives the tags in the order they stand
 * @property {{ paint(): void, touch(tags: number[]): void, age(): void }} painter all, some, ages
 * @property {function(): void} close
 */

/**
 * Counts, search, choices and clock above the board.
 * @typedef {object} Strip
 * @property {HTMLElement} node
 * @property {HTMLElement} counts
 * @property {HTMLInputElement} search
 * @property {HTMLElement} worst
 * @property {HTMLElement} table
 * @property {HTMLSelectElement} group
 * @property {HTMLSelectElement} every
 * @property {Text} clock
 * @property {Text} date
 * @property {HTMLElement} dot
 * @property {HTMLElement} word
 * @property {Text} glyph
 * @property {HTMLElement} pause
 * @property {{ counts?: string }} shows
 */

/** @typedef {Record<"text" | "means" | "more" | "said", Text> & { node: HTMLElement }} Banner */

/**
 * What is to be said above the board.
 * @typedef {object} Notice
 * @property {"fault" | "warning" | "note"} level
 * @property {string} key
 * @property {string} text for the eye
 * @property {string} [said] for the ear, where that is another
 * @property {string} [more] what else is so at the same time
 */

/**
 * The places of the notices, and the live region for changes of state.
 * @typedef {object} Notices
 * @property {HTMLElement} node
 * @property {HTMLElement} banners those that stay
 * @property {HTMLElement} bar those that come and go by themselves
 * @property {HTMLElement} status
 * @property {Map<string, Banner>} shown and the keys of those that the viewer `closed`
 * @property {Set<string>} closed
 */

/**
 * The details of one tag, while they are open.
 * @typedef {object} Detail
 * @property {string} name of the tag
 * @property {HTMLElement} list what the last frame tells
 * @property {string} worst of the alarm that is on
 * @property {HTMLElement} body
 * @property {HTMLElement} more what was asked for
 * @property {Text} trouble
 * @property {AbortController | null} abort of the question under way
 * @property {number} asked when, by performance.now()
 * @property {number} time of the reading that was the newest then
 */

/**
 * Where the keyboard is.
 * @typedef {object} Keys
 * @property {number | undefined} focused the tag that had the focus last
 * @property {number | undefined} current the tag in the tab order
 * @property {Item | null} tabbable its card
 * @property {number[] | null} placed the order that `places` is of
 * @property {Map<number, number>} places where each tag stands
 * @property {AbortController} listening until the page is left
 */

/**
 * What a wall screen shows.
 * @typedef {object} Kiosk
 * @property {(Board & import("./overview/kiosk/types.mjs").Turning) | null} wall of a wall screen
 * @property {number} due when the next screenful is, by performance.now()
 * @property {Set<string | null>} had the groups that were on since all had their turn
 * @property {[string | null | undefined, number] | null} left where the turn goes on after an alarm
 * @property {number} timer
 * @property {AbortController} listening until the page is left
 */

/**
 * The overview while it is open. Each part keeps a small state of its own.
 *
 * @typedef {object} Page
 * @property {HTMLElement} root
 * @property {Model} model
 * @property {View} view
 * @property {number[]} shown tags in the order they stand
 * @property {import("./clock.mjs").Clock} clock
 * @property {Board} board
 * @property {Strip} strip
 * @property {Notices} notices
 * @property {{ open: Detail | null }} details
 * @property {Keys} keys
 * @property {Kiosk} kiosk
 * @property {import("./overview/kiosk/builds.mjs").Builds} builds
 */

/**
 * @typedef {object} CallbackContext what Dash tells a callback about what fired it
 * @property {Record<string, *>} inputs
 * @property {Record<string, *>} states
 * @property {{ prop_id: string, value: * }[]} triggered
 */

export {};
