// The page's elements. Everything that comes from a capture goes through `textContent`.

/**
 * @template {Element} T
 * @param {string} id
 * @param {new (...args: never[]) => T} kind
 * @returns {T}
 */
function get(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no #${id}`);
  return found;
}

/**
 * A new element with a class, attributes and children; text children become text.
 * @param {string} tag
 * @param {string} [cls]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
function el(tag, cls, ...children) {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  for (const child of children) if (child !== null) made.append(child);
  return made;
}

/**
 * @template {Element} T
 * @param {T} element
 * @param {Record<string, string | number | boolean>} attributes
 * @returns {T}
 */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/**
 * A button that does something.
 * @param {string} cls
 * @param {string} text
 * @param {() => void} does
 */
function button(cls, text, does) {
  const made = set(el('button', cls, text), { type: 'button' });
  made.addEventListener('click', does);
  return made;
}

/** Tells a screen reader something, once it has a moment. @param {string} text */
function say(text) {
  get('live', HTMLElement).textContent = text;
}

/** Says something above everything else, until it is closed; nothing takes it away. @param {string} text */
function notice(text) {
  const box = get('notice', HTMLElement);
  box.hidden = !text;
  if (text) say(text);
  box.replaceChildren(...(text ? [el('span', '', text), set(button('close', '×', () => notice('')), { 'aria-label': 'Close' })] : []));
}

/** A text that loses its beginning where there is no room: of a path, the end tells most. @param {string} cls @param {string} text */
function tail(cls, text) {
  return el('span', `tail ${cls}`, set(el('bdi', '', text), { dir: 'ltr' }));
}

/** The user does not want things to move. */
const stillness = matchMedia('(prefers-reduced-motion: reduce)');
