/** The address bar as the memory of a page: what is asked is what the link says. */
import { isAt } from "../dash.mjs";

/**
 * Write parameters as a query; lists repeat their name, empty ones are left out.
 *
 * @param {Record<string, string | number | string[] | null | undefined>} parameters
 * @returns {string} such as `tag=D101&tag=D300&window=24h`
 */
export function query(parameters) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      const empty = one === "" && !Array.isArray(value); // "" in a list is the name of a tag
      if (one !== null && one !== undefined && !empty) search.append(name, String(one));
    }
  }
  return search.toString();
}

/**
 * Show parameters in the address, without a reload; not in that of another page.
 *
 * @param {string} page whose parameters they are
 * @param {Parameters<typeof query>[0]} parameters
 * @param {function(string): void} write shows an address that is another one
 */
export function mirror(page, parameters, write) {
  if (!isAt(page)) return;
  const text = query(parameters);
  const address = window.location.pathname + (text ? "?" + text : "");
  if (address !== window.location.pathname + window.location.search) write(address);
}
