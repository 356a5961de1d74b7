// Building the page: elements with text. Nothing here ever parses HTML, so whatever a customer sends stays text.

/** An element `tag` with properties and children; strings become text nodes. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Replace what `parent` holds, keeping it scrolled to its end when it was. */
export function fill(parent, ...children) {
  const atEnd = parent.scrollHeight - parent.scrollTop - parent.clientHeight < 40;
  parent.replaceChildren(...children.flat());
  if (atEnd) parent.scrollTop = parent.scrollHeight;
}

/** `09:30:15` of an RFC 3339 time, in UTC. */
export function clockTime(text) {
  return text.slice(11, 19);
}

/** A location, in words. */
export function place({ latitude, longitude, name, title }) {
  return h("div", { class: "place" }, h("b", {}, name || title || "Location"), ` ${latitude}, ${longitude}`);
}
