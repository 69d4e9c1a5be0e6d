/** The wall screen: no navigation, groups in turn, a reload after a new deployment. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});

  function open(page) {
    document.documentElement.toggleAttribute("data-kiosk", page.view.kiosk);
    if (page.view.rotate) page.turn = window.setInterval(() => rotate(page), page.view.rotate * 1000);
  }

  /** Show the next group alone, the one after the last being all of them again. */
  function rotate(page) {
    const titles = [...page.cards.querySelectorAll(".group")];
    if (titles.length < 2 || page.clock.state.paused || document.hidden) return;
    page.turned = ((page.turned === undefined ? -1 : page.turned) + 1) % titles.length;
    titles.forEach((group, k) => { group.hidden = k !== page.turned; });
  }

  function close(page) {
    window.clearInterval(page.turn);
    document.documentElement.removeAttribute("data-kiosk");
  }

  /** Notice that the server runs another build than the one this page came from. */
  function deployed(page, build) {
    page.build = page.build || build;
    if (!build || page.build === build) return;
    if (page.view.kiosk) window.location.reload();
    else page.newer = true;
  }

  overview.kiosk = { open, close, deployed };
})();
