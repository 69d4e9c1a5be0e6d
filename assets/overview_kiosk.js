/** The wall screen: no navigation, groups in turn, a reload after a new deployment. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const SCALES = ["3", "2.5", "2", "1.75", "1.5", "1.25", "1"];
  const ROOT = document.documentElement;

  function open(page) {
    ROOT.toggleAttribute("data-kiosk", page.view.kiosk);
    if (page.view.rotate) page.turn = window.setInterval(() => rotate(page), page.view.rotate * 1000);
    page.fit = () => fit(page);
    window.addEventListener("resize", page.fit);
  }

  /** Show all as large as fits on the screen; what fits at no scale is scrolled, at scale 1. */
  function fit(page) {
    if (!page.view.kiosk || !page.model.version) return;
    const shown = page.shown.length + "/" + window.innerWidth + "x" + window.innerHeight + "/" + page.turned;
    if (page.fitted === shown) return;
    page.fitted = shown;
    ROOT.dataset.scale = SCALES.find((scale) => {
      ROOT.dataset.scale = scale;
      page.board.reflow();
      return page.root.getBoundingClientRect().bottom <= window.innerHeight && page.root.scrollWidth <= page.root.clientWidth;
    }) || "1";
  }

  /** Show the next group alone, the one after the last being all of them again. */
  function rotate(page) {
    const groups = [...page.cards.querySelectorAll(":scope > .group")];
    if (groups.length < 2 || page.clock.state.paused || document.hidden) return;
    page.turned = page.turned === undefined ? 0 : page.turned + 1;
    if (page.turned >= groups.length) page.turned = undefined;
    groups.forEach((group, k) => {
      group.hidden = page.turned !== undefined && k !== page.turned;
    });
    fit(page);
  }

  function close(page) {
    window.clearInterval(page.turn);
    window.removeEventListener("resize", page.fit);
    ROOT.removeAttribute("data-kiosk");
    ROOT.removeAttribute("data-scale");
  }

  /** Notice that the server runs another build than the one this page came from. */
  function deployed(page, build) {
    page.build = page.build || build;
    if (!build || page.build === build) return;
    if (page.view.kiosk) window.location.reload();
    else page.newer = true;
  }

  overview.kiosk = { open, close, deployed, fit };
})();
