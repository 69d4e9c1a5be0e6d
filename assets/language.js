/** The language link keeps the view: it leads to this very address with another `lang`. */
(function () {
  "use strict";
  document.addEventListener("click", ({ target }) => {
    const link = target instanceof Element ? target.closest("#language") : null;
    if (!(link instanceof HTMLAnchorElement)) return;
    const address = new URL(window.location.href);
    address.searchParams.set("lang", link.lang);
    link.href = address.href;
  });
})();
