/** Signing in: shows the password on demand, counts a wait, and keeps the part behind `#`. */

const SECOND = 1000;

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T | null}
 */
function byId(id, kind) {
  const node = document.getElementById(id);
  return node instanceof kind ? node : null;
}

/** Let the button show what is typed, and hide it again. */
function offerToShow() {
  const button = byId("show", HTMLButtonElement);
  const field = byId("password", HTMLInputElement);
  if (!button || !field) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = (shown ? button.dataset.hide : button.dataset.show) || "";
    field.focus();
  });
}

/** Count the seconds until the next try on the button, which can be pressed after that. */
function countDown() {
  const button = byId("go", HTMLButtonElement);
  if (!button || !button.dataset.waits) return;
  const until = performance.now() + SECOND * Number(button.dataset.waits);
  const { waiting = "", ready = "" } = button.dataset;
  button.disabled = true;
  const count = window.setInterval(tell, SECOND / 4);
  tell();

  function tell() {
    const left = Math.ceil((until - performance.now()) / SECOND);
    if (!button) return;
    button.disabled = left > 0;
    button.textContent = left > 0 ? waiting.replace("%(seconds)s", String(left)) : ready;
    if (left > 0) return;
    window.clearInterval(count);
    const reason = document.getElementById("wait-reason");
    if (reason) reason.textContent = "";
  }
}

/** A server never sees what stands behind `#`: long lists of the overview do. */
function keepHash() {
  const { hash } = window.location;
  const field = document.querySelector("#sign-in input[name=next]");
  const link = byId("account-link", HTMLAnchorElement);
  if (!hash) return;
  if (field instanceof HTMLInputElement) field.value += hash;
  if (link) link.search += encodeURIComponent(hash);
}

offerToShow();
countDown();
keepHash();
