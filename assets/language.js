/** The language link keeps the view: it leads to this very address with another `lang`. */
(function () {
  "use strict";
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("#language");
    if (!link) return;
    const address = new URL(window.location.href);
    address.searchParams.set("lang", link.lang);
    link.href = address.href;
  });
})();
