/** Shapes that the modules of a wall screen hand to one another. */

/** @import { Board } from "../../types.mjs" */

/**
 * What the turns of a wall screen need of its board.
 * @typedef {object} Turning
 * @property {string | null | undefined} turned the group that is on alone
 * @property {number} screen
 * @property {number} screens
 * @property {number} next seconds until the next one
 * @property {{ name: string | null, tags: number[] }[]} groups
 * @property {function(): void} fit
 * @property {function(): void} paintFoot
 * @property {(group?: string | null, screen?: number) => void} show
 * @property {function(number): number} screenOf a tag; below 0 where it is not on
 */

/**
 * What a wall screen shows.
 * @typedef {object} Kiosk
 * @property {(Board & Turning) | null} wall none where the page is no wall screen
 * @property {number} due when the next screenful is, by performance.now()
 * @property {Set<string | null>} had the groups that were on since all had their turn
 * @property {[string | null | undefined, number] | null} left where the turn goes on after an alarm
 * @property {number} timer
 * @property {AbortController} listening until the page is left
 */

export {};
