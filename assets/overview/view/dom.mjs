/** Nodes from data: text and attributes only, never markup. A tag's name is hostile data. */

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */
/** @typedef {(Node | string | null | undefined)[]} Children */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {Element} Made
 * @param {Made} node
 * @param {Attributes} attributes
 * @param {Children} children
 * @returns {Made}
 */
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, String(value));
    }
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} attributes
 * @param {Children} children a string becomes text
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} attributes
 * @param {Children} children
 * @returns {SVGElementTagNameMap[Name]}
 */
export function svg(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/**
 * Names of one plant begin alike: where there is no room for all of a name its end is seen. Of one
 * that ends as another does what tells the two apart is seen as well.
 *
 * @param {string} name
 * @param {number} told after so many letters it ends as another does, 0 where none does
 * @returns {HTMLElement} which is one text, also for whoever copies it
 */
export function named(name, told) {
  const ended = (/** @type {string} */ text) => el("span", { class: "ended" }, el("bdi", {}, text));
  if (!told) return ended(name);
  return el("span", { class: "told" }, ended(name.slice(0, told)), ended(name.slice(told)));
}

/**
 * Write a text node only if its text changed.
 *
 * @param {Text} node
 * @param {string} value
 */
export function text(node, value) {
  if (node.data !== value) node.data = value;
}

/**
 * Set or remove an attribute only if it changed.
 *
 * @param {Element} node
 * @param {string} name
 * @param {string | null} value
 */
export function attribute(node, name, value) {
  if (value === null) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

/**
 * Say on the page's root that something happened, to whoever listens there.
 *
 * @param {HTMLElement} root
 * @param {"chosen"} what
 */
export function tell(root, what) {
  root.dispatchEvent(new Event("ksys:" + what));
}

/**
 * Move a node without its losing focus or scroll, where the browser can.
 *
 * @param {*} parent `moveBefore` is younger than the types of the checker
 * @param {Node} node
 * @param {Node | null} next
 */
function place(parent, node, next) {
  if (parent.moveBefore && node.parentNode && node.isConnected && parent.isConnected) {
    parent.moveBefore(node, next);
    return;
  }
  const focus = document.activeElement;
  const held = focus instanceof HTMLElement && node.contains(focus) ? focus : null;
  parent.insertBefore(node, next);
  if (held) held.focus({ preventScroll: true });
}

/**
 * Put `nodes` first in `parent`, in this order, touching as few as possible.
 *
 * @param {Element} parent
 * @param {Element[]} nodes
 * @returns {ChildNode | null} what follows them
 */
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

/** @param {ChildNode | null} next the first that goes, with all after it */
function trim(next) {
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

/**
 * Make `nodes` the children of `parent`, in this order.
 *
 * @param {Element} parent
 * @param {Element[]} nodes
 */
export function arrange(parent, nodes) {
  trim(lead(parent, nodes));
}

/**
 * Make `nodes` the children of `parents`, `size` each; one that changes its parent is never out.
 *
 * @param {Element[]} parents
 * @param {Element[]} nodes
 * @param {number} size
 */
export function deal(parents, nodes, size) {
  const parts = parents.map((_parent, k) => nodes.slice(k * size, (k + 1) * size));
  parents.forEach((parent, k) => lead(parent, parts[k]));
  parents.forEach((parent, k) => trim(parent.childNodes[parts[k].length] || null));
}
