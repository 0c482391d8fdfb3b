// A long list of which only what is seen is in the page. One item is the active one; the keys move it.

/** Items and rows that are printed; how many more there are is said. */
const PRINTED = 1000;
/** On paper nothing can be scrolled. */
let isPrinting = false;

/** What is not printed. @param {number} size */
function notPrinted(size) {
  return isPrinting && size > PRINTED ? [el('p', 'hint', `and ${grouped(size - PRINTED)} more`)] : [];
}

/**
 * @typedef {{
 *   height: (index: number) => number,
 *   render: (index: number) => HTMLElement,
 *   open: (index: number) => void,
 *   label: string,
 * }} ListOf
 */

class List {
  /** @param {HTMLElement} box @param {ListOf} of */
  constructor(box, of) {
    this.of = of;
    this.size = 0;
    this.active = -1;
    this.tops = new Float64Array(1);
    this.space = el('div', 'list-space');
    this.box = set(el('div', 'list-box', this.space), { role: 'listbox', tabindex: 0, 'aria-label': of.label });
    this.id = `${box.id}-item`;
    box.append(this.box);
    this.box.addEventListener('scroll', () => this.draw(), { passive: true });
    this.box.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.box);
  }

  /** @param {number} size */
  fill(size) {
    this.size = size;
    this.tops = new Float64Array(size + 1);
    for (let i = 0; i < size; i++) this.tops[i + 1] = this.tops[i] + this.of.height(i);
    this.space.style.height = `${this.tops[size]}px`;
    if (this.active >= size) this.active = -1;
    this.draw();
  }

  draw() {
    const { scrollTop, clientHeight } = this.box;
    const first = isPrinting ? 0 : Math.max(search(this.tops, scrollTop + 0.5, 0, this.size + 1) - 1, 0);
    const items = [];
    for (let i = first; i < this.size && (isPrinting ? i < PRINTED : this.tops[i] < scrollTop + clientHeight); i++) {
      const item = this.of.render(i);
      item.style.top = `${this.tops[i]}px`;
      item.style.height = `${this.tops[i + 1] - this.tops[i]}px`;
      item.id = `${this.id}-${i}`;
      set(item, { role: 'option', 'aria-selected': i === this.active, 'aria-setsize': this.size, 'aria-posinset': i + 1 });
      item.addEventListener('click', () => this.choose(i));
      items.push(item);
    }
    this.space.replaceChildren(...items, ...notPrinted(this.size));
    // Only what is on the page can be pointed at.
    if (items.some((item) => item.id === `${this.id}-${this.active}`)) this.box.setAttribute('aria-activedescendant', `${this.id}-${this.active}`);
    else this.box.removeAttribute('aria-activedescendant');
  }

  /** @param {number} index */
  choose(index) {
    this.activate(index);
    this.of.open(index);
  }

  /** Makes an item the active one and brings it into sight. @param {number} index */
  activate(index) {
    this.active = index;
    if (index >= 0) {
      const top = this.tops[index], bottom = this.tops[index + 1];
      if (top < this.box.scrollTop) this.box.scrollTop = top;
      else if (bottom > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = bottom - this.box.clientHeight;
    }
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!isPlain(event)) return;
    const page = Math.max(Math.floor(this.box.clientHeight / 40), 1);
    const to = moved(event.key, this.active, this.size, page);
    if (to !== null) this.activate(to);
    else if ((event.key === 'Enter' || event.key === ' ') && this.active >= 0) this.of.open(this.active);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * Where a key moves to in a list, `null` if it does not.
 * @param {string} key
 * @param {number} at
 * @param {number} size
 * @param {number} page
 */
function moved(key, at, size, page) {
  if (size === 0) return null;
  const within = (/** @type {number} */ to) => Math.min(Math.max(to, 0), size - 1);
  switch (key) {
    case 'ArrowDown': return within(at + 1);
    case 'ArrowUp': return within(at - 1);
    case 'PageDown': return within(at + page);
    case 'PageUp': return within(at - page);
    case 'Home': return 0;
    case 'End': return size - 1;
    default: return null;
  }
}
