/** What is typed is understood on the server alone: it says what it means, or why it is refused. */
import { root } from "../dash.mjs";
import { t } from "../messages.mjs";
import { query } from "./url.mjs";

/**
 * @param {string} route
 * @param {Record<string, string | string[] | number | null | undefined>} asked
 * @param {AbortSignal} [signal]
 * @returns {Promise<*>} the answer, or `refused` with a sentence; null if something else was asked
 *   since
 */
export async function understood(route, asked, signal) {
  const answer = await window
    .fetch(`${root()}${route}?${query(asked)}`, { signal })
    .catch(() => null);
  if (signal?.aborted) return null;
  const body = answer?.ok ? await answer.json().catch(() => null) : null;
  return signal?.aborted ? null : body || { refused: t("No answer; try again.") };
}
