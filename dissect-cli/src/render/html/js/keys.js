// The keys, and the page that tells them and the legend.

/** @type {[string, string][]} */
const KEYS = [
  ['← →', 'move in time'], ['↑ ↓', 'scroll the lanes'], ['+ −', 'zoom'], ['Home End', 'go to the beginning, the end'], ['0', 'show the whole capture'],
  ['n p', 'next, previous finding'], ['j k', 'next, previous event of the inode'], ['Enter', 'open: go to the details'],
  ['/', 'search'], ['Esc', 'close, back'], ['t', 'light or dark'], ['Tab', 'lists, lanes, table of events, details'], ['?', 'this page'],
];
/** @type {[string, string][]} */
const POINTER = [
  ['drag', 'move in time'], ['Ctrl + wheel', 'zoom, in the lanes where the pointer is; or pinch'], ['Shift + wheel', 'move in time'],
  ['double click', 'zoom in'], ['click', 'open a message'], ['drag in the strip', 'choose a part of the capture'],
];

/** What the search box understands. @type {[string, string][]} */
const SEARCH = [
  ['doomed/f1', 'part of a path, an old one too'], ['0x10000000001', 'an inode, hexadecimal or decimal'],
  ['client.4130', 'a client, or its number alone'], ['node-a', 'the name of its host, or how it begins'], ['mds.1', 'a rank'],
  ['doomed mds.1', 'all words have to fit'],
];

function listenToKeys() {
  addEventListener('keydown', (event) => {
    const dialog = get('keys', HTMLElement), target = event.target;
    if (!isPlain(event) || event.defaultPrevented || dialog.hasAttribute('open')) return;
    const search = get('search', HTMLInputElement);
    if (target === search) {
      if (event.key === 'Escape') {
        if (search.value) {
          search.value = '';
          applySearch();
        } else boxes.lanes.focus();
      } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
        showTab('inodes');
        inodeList.activate(0);
        inodeList.box.focus();
        if (event.key === 'Enter' && rows.inodes.length > 0) openInode(rows.inodes[0]);
      } else return;
      event.preventDefault();
      return;
    }
    if (target instanceof HTMLSelectElement) return;
    // With the shift lock on, letters are large.
    if (!press(event.key.length === 1 ? event.key.toLowerCase() : event.key, target)) return;
    event.preventDefault();
  });
  const help = get('help', HTMLElement);
  help.addEventListener('click', () => openKeys());
  get('theme', HTMLElement).addEventListener('click', () => nextTheme());
  get('search', HTMLInputElement).addEventListener('input', () => {
    applySearch();
    showTab('inodes');
  });
}

/** @param {string} key @param {EventTarget | null} target Whether the key does something. */
function press(key, target) {
  const inLanes = target === boxes.lanes || target === document.body;
  switch (key) {
    case '/': get('search', HTMLInputElement).select(); return true;
    case '?': openKeys(); return true;
    case 'n': nextFinding(1); return true;
    case 'p': nextFinding(-1); return true;
    case 'j': nextEvent(1); return true;
    case 'k': nextEvent(-1); return true;
    case 't': nextTheme(); return true;
    case '+': case '=': zoom(1 / 1.5, zoomPoint()); return true;
    case '-': case '_': zoom(1.5, zoomPoint()); return true;
    case '0': fitAll(); return true;
    case 'Escape':
      if (app.event < 0 && app.finding < 0) boxes.lanes.focus({ preventScroll: true });
      else closeAll();
      return true;
  }
  if (!inLanes) return false;
  switch (key) {
    case 'ArrowLeft': pan(-0.15); return true;
    case 'ArrowRight': pan(0.15); return true;
    case 'ArrowUp': boxes.scroll.scrollTop -= LANE * 2; return true;
    case 'ArrowDown': boxes.scroll.scrollTop += LANE * 2; return true;
    case 'PageUp': boxes.scroll.scrollTop -= boxes.scroll.clientHeight * 0.9; return true;
    case 'PageDown': boxes.scroll.scrollTop += boxes.scroll.clientHeight * 0.9; return true;
    case 'Home': setView(whole().from, whole().from + view.until - view.from); return true;
    case 'End': setView(whole().until - view.until + view.from, whole().until); return true;
    case 'Enter':
      if (app.event < 0 && app.finding < 0) nextEvent(1);
      get('panel', HTMLElement).focus();
      return true;
    default: return false;
  }
}

/** What stays where it is while the keys zoom: the selected message, if it is seen. */
function zoomPoint() {
  const time = app.event >= 0 ? model.time[app.event] : NaN;
  return time > view.from && time < view.until ? time : (view.from + view.until) / 2;
}

function openKeys() {
  const dialog = get('keys', HTMLElement);
  if (!(dialog instanceof HTMLDialogElement)) return;
  if (!dialog.firstChild) fillKeys(dialog);
  dialog.showModal();
}

/** @param {HTMLDialogElement} dialog */
function fillKeys(dialog) {
  const title = el('h2', '', 'Keys and legend');
  title.id = 'keys-title';
  const close = set(button('close', '×', () => dialog.close()), { 'aria-label': 'Close' });
  const list = (/** @type {string} */ name, /** @type {[string, string][]} */ rows) => el('section', '', el('h3', '', name), ...rows.map(([key, text]) => el('p', 'key', el('kbd', '', key), text)));
  const marks = KIND_NAMES.map((name, kind) => el('p', 'key', swatch((ctx, w, h) => glyph(ctx, kind, w / 2, h / 2, 4.5)), name));
  dialog.replaceChildren(el('div', 'bar', title, close), el('div', 'columns', list('Keys', KEYS), list('Pointer', POINTER), el('section', 'searching', ...list('Search', SEARCH).childNodes, el('p', 'hint', 'ceph-dissect messages -Y asks for any field; ceph-dissect fields lists them.')), el('section', '', el('h3', '', 'Marks'), ...marks), el('section', '', el('h3', '', 'Lanes'), ...legendItems(true).map((item) => el('p', 'key', ...item)))));
  for (const repaint of repaints) repaint();
}

/** @param {boolean} all Also of what this capture has not. @returns {Node[][]} */
function legendItems(all) {
  const bar = (/** @type {number} */ caps, /** @type {boolean} */ placeholder) => swatch((ctx, w) => stripes(ctx, 0, 0.5, w, caps, placeholder), 26);
  const strip = (/** @type {number} */ group) => swatch((ctx) => {
    ctx.fillStyle = groupInk[group].soft;
    ctx.fillRect(0, 4, 9, 8);
    ctx.fillStyle = groupInk[group].hard;
    ctx.fillRect(9, 4, 9, 8);
  }, 18);
  const text = (/** @type {string} */ words) => document.createTextNode(words);
  return [
    [swatch((ctx, w) => { ctx.fillStyle = color.pin; ctx.fillRect(0, 4, w, 8); }, 18), text('p pin')],
    [strip(0), text('A auth')], [strip(1), text('L link')], [strip(2), text('X xattr')], [strip(3), text('F file')],
    [el('span', 'faint', 'pale'), text('shared, read')], [el('span', 'strong', 'strong'), text('exclusive, write')],
    [bar(0x555, true), text('placeholder')],
    [swatch((ctx, w) => unknown(ctx, 0, 0, w), 22), text('not known')],
    [swatch((ctx, w) => { ctx.fillStyle = hatched(ctx, color['gap-line'], color.gap, 6); ctx.fillRect(0, 1, w, 14); }, 22), text('not read')],
    ...(all || doc.between.length ? [[swatch((ctx, w) => { ctx.fillStyle = hatched(ctx, color.void, color.raise, 6); ctx.fillRect(0, 1, w, 14); }, 22), text('in no file')]] : []),
    [swatch((ctx) => arrow(ctx, 6, -2, 14, 14, PAIRED), 20), text('cap moves')],
    [swatch((ctx) => arrow(ctx, 6, -2, 14, 12, NO_IMPORT), 20), text('other half missing')],
    ...(all || asks().some((lane) => lane.length > 0) ? [[swatch((ctx) => { ask(ctx, 5, 23, 3.5, true); glyph(ctx, REQUEST, 5, 10, 4); glyph(ctx, REPLY, 23, 10, 4); }, 28), text('request and reply')]] : []),
    [swatch((ctx) => sessionMark(ctx, 8.5, 0, 16, true), 16), text('session or connection ends')],
    [swatch((ctx) => sessionMark(ctx, 8.5, 0, 16, false), 16), text('begins, or goes on')],
    ...(all || toldRanks().some((server) => notesOf(-1, server).some((note) => doc.notes.grave[note])) ? [[swatch((ctx, w) => { ctx.fillStyle = hatched(ctx, color.bad, color.gap, 4); ctx.fillRect(0, 2, w, 12); }, 22), text('nobody holds the rank')]] : []),
    [...[3, 2, 1].map((rank) => swatch((ctx) => severityMark(ctx, 6, 8, rank), 12)), text('finding: error, warning, info')],
  ];
}

function makeLegend() {
  get('legend', HTMLElement).append(...legendItems(false).map((item) => el('span', 'legend-item', ...item)));
}
