// The messages that the lanes show, as a table: the same for those who do not see the lanes.

const GRID_ROW = 22;
const COLUMNS = ['time', '+', 'frame', 'what', 'client', 'rank', 'inode', 'caps', 'cap', 'seq', 'mseq', 'tells'];

const messages = {
  /** @type {Uint32Array} Those of the shown inodes and lanes, in order of time. */
  all: new Uint32Array(0),
  /** Of these, what the shown time has. */
  first: 0,
  end: 0,
  active: -1,
};

/** @type {HTMLElement} */
let gridBox;
/** @type {HTMLElement} */
let gridSpace;

function makeGrid() {
  gridSpace = set(el('div', 'grid-space'), { role: 'rowgroup' });
  const head = set(el('div', 'row heads'), { role: 'row', 'aria-rowindex': 1 });
  COLUMNS.forEach((name, index) => head.append(set(el('span', `c${index}`, name === '+' ? '+ms' : name), { role: 'columnheader', 'aria-colindex': index + 1 })));
  gridBox = set(el('div', 'grid-box', set(el('div', 'grid-head', head), { role: 'rowgroup' }), gridSpace), { role: 'grid', tabindex: 0, 'aria-label': 'Events in the shown time', 'aria-colcount': COLUMNS.length });
  get('grid', HTMLElement).append(gridBox);
  gridBox.addEventListener('scroll', () => drawGrid(), { passive: true });
  gridBox.addEventListener('keydown', (event) => {
    const size = messages.end - messages.first;
    if (!isPlain(event)) return;
    const to = moved(event.key, messages.active - messages.first, size, Math.max(Math.floor(gridBox.clientHeight / GRID_ROW) - 2, 1));
    if (to !== null) {
      selectEvent(messages.all[messages.first + to], 'grid');
    } else if (event.key === 'Enter' && app.event >= 0) {
      get('panel', HTMLElement).focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  new ResizeObserver(() => drawGrid()).observe(gridBox);
}

/** Which messages there are, after another search. */
function gatherMessages() {
  const order = inOrder();
  if (rows.inodes.length === model.inodeCount && !rows.lanes) {
    messages.all = order;
  } else {
    const shown = new Uint8Array(model.inodeCount);
    for (const inode of rows.inodes) shown[inode] = 1;
    messages.all = order.filter((event) => shown[model.inode[event]] === 1 && (!rows.lanes || rows.lanes(model.lane[event])));
  }
}

/** The part of them that the shown time has. */
function windowMessages() {
  const { all } = messages, { time } = model;
  const at = (/** @type {number} */ value) => {
    let from = 0, to = all.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (time[all[middle]] < value) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const first = at(view.from), end = at(view.until + 1);
  const changed = first !== messages.first || end !== messages.end;
  messages.first = first;
  messages.end = end;
  messages.active = activeRow();
  const size = end - first;
  gridBox.setAttribute('aria-rowcount', String(size + 1));
  gridSpace.style.height = `${size * GRID_ROW}px`;
  get('grid-note', HTMLElement).textContent = size === model.n ? grouped(size) : `${grouped(size)} of ${grouped(model.n)}`;
  return changed;
}

/** The row of the selected message, -1 if it is not among them. */
function activeRow() {
  if (app.event < 0) return -1;
  const { all, first, end } = messages, { time } = model;
  for (let i = searchTime(time[app.event]); i < end && time[all[i]] === time[app.event]; i++) if (all[i] === app.event) return i >= first ? i : -1;
  return -1;
}

/** @param {number} value */
function searchTime(value) {
  let from = messages.first, to = messages.end;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (model.time[messages.all[middle]] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Brings the selected message into sight. */
function revealRow() {
  if (messages.active < 0) return;
  const top = (messages.active - messages.first) * GRID_ROW, room = gridBox.clientHeight - GRID_ROW * 2;
  if (top < gridBox.scrollTop || top > gridBox.scrollTop + room) gridBox.scrollTop = Math.max(top - room / 2, 0);
}

function drawGrid() {
  const { scrollTop, clientHeight } = gridBox;
  // A search may have made the list shorter while the box still scrolls over the old one.
  const size = Math.max(Math.min(messages.end, messages.all.length) - messages.first, 0);
  const first = isPrinting ? 0 : Math.max(Math.floor(scrollTop / GRID_ROW) - 2, 0);
  const last = Math.min(isPrinting ? PRINTED : Math.ceil((scrollTop + clientHeight) / GRID_ROW) + 2, size);
  const made = [];
  for (let row = first; row < last; row++) made.push(gridRow(row));
  gridSpace.replaceChildren(...made, ...notPrinted(size));
  const active = messages.active - messages.first;
  // Only what is on the page can be pointed at.
  if (messages.active >= 0 && active >= first && active < last) gridBox.setAttribute('aria-activedescendant', `row-${active}`);
  else gridBox.removeAttribute('aria-activedescendant');
}

/** What a message changes and what became of it, in a line. The outcome speaks for itself. @param {number} event */
function tells(event) {
  const outcome = sparse(doc.events.outcome, event);
  return changePairs(event).map(([name, value]) => {
    if (name === 'outcome') return outcome?.[0] === 1 ? `answered in ${duration(outcome[2])}` : value;
    return name === 'change' ? value : `${name} ${value}`;
  }).join(', ');
}

/** @param {number} row */
function gridRow(row) {
  const event = messages.all[messages.first + row], { events } = doc, lane = model.lane[event];
  const { client, server } = laneParties(lane);
  const before = row > 0 ? model.time[messages.all[messages.first + row - 1]] : NaN;
  const cells = [
    seconds(model.time[event], 6), Number.isNaN(before) ? '' : ((model.time[event] - before) / 1e6).toFixed(3), frameText(event),
    '', client.name, server.name, inodeName(model.inode[event]), events.caps[event] ? capsText(events.caps[event]) : '',
    String(events.cap[event] || ''), events.seq[event] ? String(events.seq[event]) : '', isAsked(event) ? '' : String(events.mseq[event]),
    tells(event),
  ];
  const made = set(el('div', `row k-${KINDS[model.kind[event]]}${event === app.event ? ' on' : ''}`), { role: 'row', 'aria-rowindex': row + 2, 'aria-selected': event === app.event });
  made.id = `row-${row}`;
  made.style.top = `${row * GRID_ROW}px`;
  cells.forEach((text, index) => {
    const cell = set(index === 6 ? tail('c6', text) : el('span', `c${index}`, text), { role: 'gridcell', 'aria-colindex': index + 1 });
    if (index === 3) cell.append(el('span', events.way[event] ? 'way down' : 'way up', events.way[event] ? '↓' : '↑'), whatText(event));
    if (index === 6) cell.title = [text, ...otherNames(model.inode[event])].join(', also ');
    if (index === 11) cell.title = text;
    made.append(cell);
  });
  made.addEventListener('click', () => selectEvent(event, 'grid'));
  return made;
}
