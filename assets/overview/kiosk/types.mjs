/** Shapes that the modules of a wall screen hand to one another. */

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

export {};
