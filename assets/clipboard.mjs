/** Text into the clipboard, in any browser. */

/**
 * Without TLS, browsers offer no clipboard but the old command, which takes what is selected.
 *
 * @param {string} text
 * @returns {Promise<boolean>} whether it is in the clipboard
 */
export async function copied(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => selected(text),
    );
  }
  return selected(text);
}

/** @param {string} text @returns {boolean} */
function selected(text) {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "visually-hidden";
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
