// The fields of a message as a tree, and its bytes beside them: either points at the other.

/** @typedef {{ name: string, depth: number, section: number, at: number, length: number, group: boolean, value: string }} Field */

const SECTION_NAMES = ['front', 'middle', 'data'];

/** The number of the message that an event is of, -1 if the page has it not in full. @param {number} event */
function messageOf(event) {
  return sparse(doc.events.message, event) ?? -1;
}

/** @param {number} message @returns {Field[]} */
function fieldsOf(message) {
  const { shapes, shape, values } = doc.messages, lie = shapes[shape[message]], held = values[message];
  const fields = [];
  for (let i = 0, next = 0; i < lie.length; i += 5) {
    const group = lie[i + 4] < 0;
    fields.push({
      name: doc.strings[lie[i]], depth: lie[i + 1], section: lie[i + 2], at: lie[i + 3], length: Math.abs(lie[i + 4]) - 1, group,
      value: group ? '' : doc.strings[held[next++]],
    });
  }
  return fields;
}

/** @param {string} text @returns {Uint8Array} */
function fromBase64(text) {
  const raw = atob(text), all = new Uint8Array(raw.length);
  for (let i = 0; i < all.length; i++) all[i] = raw.charCodeAt(i);
  return all;
}

/** The tree and the bytes of a message, from where they speak of an inode. @param {number} message @param {string} ino */
function messageView(message, ino) {
  const { what, bytes, cut, fewer, stop } = doc.messages;
  const fields = fieldsOf(message), sections = bytes[message].map(fromBase64);
  const lengths = cut.find(([number]) => number === message)?.[1] ?? sections.map((section) => section.length);
  const left = fewer.find(([number]) => number === message)?.[1] ?? 0;
  const why = stop.find(([number]) => number === message)?.[1];
  const tree = set(el('div', 'tree'), { role: 'tree', tabindex: 0, 'aria-label': `Fields of ${doc.strings[what[message]]}` });
  const hex = set(el('div', 'hex'), { role: 'img', tabindex: -1, 'aria-label': `Bytes: ${lengths.map((n, i) => (n ? `${SECTION_NAMES[i]} ${n}` : '')).filter((part) => part).join(', ')}` });
  const state = { open: new Set(fields.keys()), active: 0, pinned: false };
  /** @type {HTMLElement[]} */
  const items = fields.map((field, index) => {
    const item = set(el('div', `field${field.group ? ' group' : ''}`, el('span', 'field-name', field.name), el('span', 'field-value', field.value), el('span', 'field-at', `${field.at}+${field.length}`)), { role: 'treeitem', 'aria-level': field.depth + 1, 'aria-selected': false });
    item.id = `field-${index}`;
    item.style.setProperty('--depth', String(Math.min(field.depth, 12)));
    if (field.group) item.setAttribute('aria-expanded', 'true');
    item.addEventListener('pointerenter', () => state.pinned || point(index));
    item.addEventListener('click', () => {
      if (field.group && state.active === index) fold(index);
      state.pinned = true;
      point(index);
    });
    return item;
  });
  tree.append(...items);
  if (left) tree.append(el('p', 'hint', `${grouped(left)} more fields are not in this page`));
  if (why !== undefined) tree.append(el('p', 'hint alarm', `reading stopped here: ${doc.strings[why]}`));
  const row = get('drawer', HTMLElement).clientWidth > 1500 ? 16 : 8;
  /** @type {HTMLElement[][]} */
  const cells = sections.map((section, number) => hexSection(hex, section, number, lengths[number], row));
  cells.forEach((list, number) => list.forEach((cell, at) => {
    const index = () => deepest(fields, number, at % sections[number].length);
    cell.addEventListener('pointerenter', () => state.pinned || point(index(), true));
    cell.addEventListener('click', () => {
      state.pinned = true;
      point(index(), true);
    });
  }));

  /** Marks a field and its bytes. @param {number} index @param {boolean} [reveal] */
  function point(index, reveal = false) {
    if (index < 0) return;
    items[state.active]?.classList.remove('on');
    items[state.active]?.setAttribute('aria-selected', 'false');
    for (const cell of hex.querySelectorAll('.on')) cell.classList.remove('on');
    state.active = index;
    const { section, at, length } = fields[index], size = sections[section].length;
    items[index].classList.add('on');
    items[index].setAttribute('aria-selected', 'true');
    tree.setAttribute('aria-activedescendant', `field-${index}`);
    for (let i = at; i < Math.min(at + length, size); i++) {
      cells[section][i].classList.add('on');
      cells[section][i + size].classList.add('on');
    }
    if (reveal) items[index].scrollIntoView({ block: 'nearest' });
    else cells[section][at]?.scrollIntoView({ block: 'nearest' });
  }

  /** Opens or closes a group. @param {number} index */
  function fold(index) {
    if (state.open.has(index)) state.open.delete(index);
    else state.open.add(index);
    items[index].setAttribute('aria-expanded', String(state.open.has(index)));
    /** @type {number[]} */
    const around = [];
    fields.forEach((field, i) => {
      around.length = field.depth;
      items[i].hidden = around.some((group) => !state.open.has(group));
      around.push(i);
    });
  }

  tree.addEventListener('keydown', (event) => {
    if (!isPlain(event)) return;
    const field = fields[state.active];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    let to = state.active;
    if (step !== undefined) {
      do to += step; while (items[to]?.hidden);
    } else if (event.key === 'Home') to = 0;
    else if (event.key === 'End') to = items.length - 1;
    else if (field?.group && (event.key === 'ArrowLeft') === state.open.has(state.active) && /^Arrow(Left|Right)$/.test(event.key)) fold(state.active);
    else if (event.key === 'ArrowLeft') while (to > 0 && fields[to].depth >= field.depth) to--;
    else return;
    if (items[to]) {
      state.pinned = true;
      point(to, true);
      const { section, at } = fields[to];
      cells[section][at]?.scrollIntoView({ block: 'nearest' });
    }
    event.preventDefault();
    event.stopPropagation();
  });
  const view = el('div', 'wire', tree, hex);
  view.addEventListener('pointerleave', () => (state.pinned = false));
  const first = fields.findIndex((field) => field.value.split(' ')[0] === ino);
  // Once it is on the page.
  if (first >= 0) requestAnimationFrame(() => point(first, true));
  return view;
}

/** The innermost field that a byte belongs to, -1 if there is none. @param {Field[]} fields @param {number} section @param {number} at */
function deepest(fields, section, at) {
  let best = -1;
  fields.forEach((field, index) => {
    if (field.section === section && at >= field.at && at < field.at + field.length && (best < 0 || field.depth >= fields[best].depth)) best = index;
  });
  return best;
}

/**
 * Writes the bytes of a section in lines. Answers the cells: first all in hexadecimal, then all as text.
 * @param {HTMLElement} box
 * @param {Uint8Array} bytes
 * @param {number} number
 * @param {number} length
 * @param {number} row Bytes in a line.
 */
function hexSection(box, bytes, number, length, row) {
  /** @type {HTMLElement[]} */
  const cells = [];
  if (bytes.length === 0) return cells;
  const short = bytes.length < length ? `, the first ${grouped(bytes.length)} of them` : '';
  box.append(el('p', 'hex-head', `${SECTION_NAMES[number]}, ${count(length, 'byte')}${short}`));
  /** @type {HTMLElement[]} */
  const texts = [];
  for (let at = 0; at < bytes.length; at += row) {
    const line = el('div', 'hex-line', el('span', 'hex-at', at.toString(16).padStart(4, '0')));
    const left = el('span', 'hex-bytes'), right = el('span', 'hex-text');
    for (let i = at; i < Math.min(at + row, bytes.length); i++) {
      const byte = bytes[i];
      const cell = el('i', byte === 0 ? 'zero' : '', byte.toString(16).padStart(2, '0'));
      const text = el('i', '', byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·');
      cells.push(cell);
      texts.push(text);
      left.append(cell);
      right.append(text);
    }
    line.append(left, right);
    box.append(line);
  }
  return cells.concat(texts);
}
