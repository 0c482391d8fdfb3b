// Puts the page together.

/** The counts in the head. */
function makeFacts() {
  const { facts, missed, findings } = doc, box = get('facts', HTMLElement);
  const fact = (/** @type {string} */ value, /** @type {string} */ name, cls = '') => box.append(el('span', `fact ${cls}`, el('b', '', value), ` ${name}`));
  const plain = (/** @type {number} */ n, /** @type {string} */ one) => fact(grouped(n), n === 1 ? one : `${one}s`);
  // What was read and the verdict come first.
  const grave = missed.grave.length + missed.faults.length;
  box.append(set(button(`fact coverage ${grave ? 'warn' : 'good'}`, grave ? `▲ ${missed.grave[0] ?? missed.faults[0]}${grave > 1 ? `, ${grave - 1} more` : ''}` : '✓ all of it was read', () => {
    showTab('capture');
    focusTab('capture');
    narrowShow('side');
  }), { title: 'What was read and what was not' }));
  const certain = findings.filter((finding) => finding.certainty === 'certain' && finding.severity !== 'info').length;
  const unsure = findings.filter((finding) => finding.certainty !== 'certain').length;
  if (facts.blind) fact('nothing', 'could be checked', 'bad');
  else fact(grouped(certain), `certain problem${certain === 1 ? '' : 's'}${unsure ? `, ${grouped(unsure)} undetermined` : ''}`, certain ? 'bad' : '');
  if (facts.timed) fact(duration(doc.end), `from ${clock(0, doc.origin, 0)} UTC`);
  plain(facts.packets, 'packet');
  plain(facts.events_shown, 'cap event');
  plain(model.inodeCount, 'inode');
  plain(facts.pairs, 'migrated cap');
}

function main() {
  findBoxes();
  setTheme(keptTheme());
  darkness.addEventListener('change', () => setTheme(choice));
  const all = whole();
  Object.assign(view, all);
  makeFacts();
  makeSidebar();
  makeGrid();
  makeLegend();
  emptyPanel();
  get('axis', HTMLElement).style.height = `${axisHeight()}px`;
  applySearch();
  listenToFocus();
  listenToPointers();
  listenToKeys();
  // Before the screen is shown, not at its next picture: one that is taken at once has them in full.
  for (const box of [boxes.lanes, boxes.overview]) new ResizeObserver(() => draw()).observe(box);
  draw();
  for (const repaint of repaints) repaint();
  performance.mark('first-picture');
  // The table needs all messages in order; the picture does not wait for it.
  setTimeout(() => {
    gatherMessages();
    windowMessages();
    drawGrid();
    if (!goToPlace() && findingOrder.length === 0 && model.inodeCount > 0) choose(rows.inodes[0]);
    addEventListener('hashchange', () => goToPlace());
    redraw();
    document.documentElement.dataset.ready = 'yes';
    performance.mark('ready');
  }, 0);
  // Paper is white, and cannot be scrolled.
  const print = (/** @type {boolean} */ begins) => {
    isPrinting = begins;
    paint(begins ? 'light' : choice);
    findingList.draw();
    inodeList.draw();
    drawGrid();
  };
  addEventListener('beforeprint', () => print(true));
  addEventListener('afterprint', () => print(false));
}

main();
