/** Why a quality is not GOOD, in words: on cards and in the tables under the charts alike. */
import { t } from "./messages.mjs";

/** @type {Record<string, function(): string>} */
const REASONS = {
  contains_bad: () => t("contains BAD readings"),
  missing: () => t("no number"),
  negative: () => t("negative"),
  rate: () => t("changes too fast"),
  source: () => t("flagged by the source"),
  span: () => t("out of span"),
  spike: () => t("spike"),
  step: () => t("step"),
  stuck: () => t("stuck"),
};

/**
 * @param {string} key
 * @returns {string} the reason in the page's language; what has no word is said as it came
 */
export const reason = (key) => (REASONS[key] ? REASONS[key]() : key);
