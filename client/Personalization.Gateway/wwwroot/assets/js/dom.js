// A small way to build elements without markup in strings: text stays text.

/** h("button.primary", { type: "button", onclick }, "Buy") */
export function h(selector, attributes = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

const present = children => children.flat().filter(child => child !== null && child !== undefined && child !== false);

/** Replaces what an element holds; like in h, what is absent (null, false) is left out rather than written down. */
export const fill = (element, ...children) => element.replaceChildren(...present(children));

export const $ = selector => document.querySelector(selector);

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** An svg element with attributes; no inline styles, so the page's strict policy holds. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
