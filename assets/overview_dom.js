/** Building nodes from data: text and attributes only, never markup. A tag's name is hostile data. */
(function () {
  "use strict";
  const overview = ((window.ksys = window.ksys || {}).overview = window.ksys.overview || {});
  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...(children || []).filter((child) => child !== null && child !== undefined));
    return node;
  }

  /** @returns {HTMLElement} with attributes and children; a string child becomes text */
  function el(name, attributes, ...children) {
    return fill(document.createElement(name), attributes, children);
  }

  /** @returns {SVGElement} the same in SVG */
  function svg(name, attributes, ...children) {
    return fill(document.createElementNS(SVG, name), attributes, children);
  }

  /** Write a text node only if its text changed. */
  function text(node, value) {
    if (node.data !== value) node.data = value;
  }

  /** Set or remove an attribute only if it changed. */
  function attribute(node, name, value) {
    if (value === null) {
      if (node.hasAttribute(name)) node.removeAttribute(name);
    } else if (node.getAttribute(name) !== value) {
      node.setAttribute(name, value);
    }
  }

  /** Move a node without its losing focus or scroll, where the browser can. */
  function place(parent, node, next) {
    if (parent.moveBefore && node.parentNode && node.isConnected && parent.isConnected) {
      parent.moveBefore(node, next);
      return;
    }
    const held = node.contains(document.activeElement) ? document.activeElement : null;
    parent.insertBefore(node, next);
    if (held) held.focus({ preventScroll: true });
  }

  /** Put `nodes` first in `parent`, in this order, touching as few as possible. @returns what follows */
  function lead(parent, nodes) {
    let next = parent.firstChild;
    for (const node of nodes) {
      if (node === next) {
        next = next.nextSibling;
      } else if (next && next.nextSibling === node) {
        const stray = next;
        next = node.nextSibling;
        place(parent, stray, null);
        if (next === null) next = stray;
      } else {
        place(parent, node, next);
      }
    }
    return next;
  }

  function trim(next) {
    while (next) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
  }

  /** Make `nodes` the children of `parent`, in this order. */
  function arrange(parent, nodes) {
    trim(lead(parent, nodes));
  }

  /** Make `nodes` the children of `parents`, `size` each; one that changes its parent is never out. */
  function deal(parents, nodes, size) {
    const parts = parents.map((parent, k) => nodes.slice(k * size, (k + 1) * size));
    parents.forEach((parent, k) => lead(parent, parts[k]));
    parents.forEach((parent, k) => trim(parent.childNodes[parts[k].length]));
  }

  overview.dom = { el, svg, text, attribute, arrange, deal };
})();
