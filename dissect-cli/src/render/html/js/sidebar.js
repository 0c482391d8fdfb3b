// The lists at the left: findings, inodes, and what the capture is.

/**
 * Findings that tell the same story stand together, the worst first: heads, and findings below them.
 * @typedef {{ head: number[] } | { finding: number }} Line
 */

/** @type {Line[]} */
const findingLines = (() => {
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  doc.findings.forEach((finding, index) => {
    const { rule, severity, certainty, client, from, to, came } = finding;
    const key = JSON.stringify([rule, severity, certainty, client, from, to, came]);
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [index]);
  });
  const weight = (/** @type {number[]} */ group) => {
    const { severity, certainty } = doc.findings[group[0]];
    return RANKING[severity] * 2 + (certainty === 'certain' ? 1 : 0);
  };
  return [...groups.values()]
    .sort((a, b) => weight(b) - weight(a) || a[0] - b[0])
    .flatMap((group) => [{ head: group }, ...group.map((finding) => ({ finding }))]);
})();

/** Findings in the order in which they are listed. */
const findingOrder = findingLines.flatMap((line) => ('finding' in line ? [line.finding] : []));

/** @type {List} */
let findingList;
/** @type {List} */
let inodeList;
/** @type {HTMLSelectElement} */
let sorting;

function makeSidebar() {
  findingList = new List(get('findings', HTMLElement), {
    label: 'Findings',
    height: (index) => ('head' in findingLines[index] ? 62 : 28),
    render: (index) => {
      const line = findingLines[index];
      return 'head' in line ? findingHead(line.head) : findingItem(line.finding);
    },
    open: (index) => {
      const line = findingLines[index];
      const finding = 'head' in line ? line.head[0] : line.finding;
      if ('finding' in line && finding === app.finding) get('panel', HTMLElement).focus();
      else openFinding(finding);
    },
  });
  if (findingLines.length === 0) get('findings', HTMLElement).append(el('p', 'nothing', noFindings()));
  findingList.fill(findingLines.length);
  makeInodes();
  makeCapture();
  get('findings-count', HTMLElement).textContent = grouped(doc.findings.length);
  const tabs = ['findings', 'inodes', 'capture'];
  tabs.forEach((name, index) => {
    const tab = get(`tab-${name}`, HTMLButtonElement);
    tab.addEventListener('click', () => showTab(name));
    tab.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: tabs.length - 1 }[event.key];
      if (step === undefined || !isPlain(event)) return;
      event.preventDefault();
      event.stopPropagation();
      const next = tabs[(index + step) % tabs.length];
      showTab(next);
      get(`tab-${next}`, HTMLButtonElement).focus();
    });
  });
  // What there is to see first: an encrypted capture has neither findings nor inodes.
  if (doc.findings.length === 0) showTab(model.inodeCount === 0 || doc.facts.blind ? 'capture' : 'inodes');
}

/** Why the list is empty: nothing found says nothing where nothing was read. */
function noFindings() {
  if (doc.facts.blind) return 'Nothing could be checked: no connection between a client and a metadata server was read.';
  return 'The rules found nothing.';
}

/** @param {string} name */
function showTab(name) {
  const lost = ['findings', 'inodes', 'capture'].some((other) => other !== name && hasFocus(get(other, HTMLElement)));
  for (const other of ['findings', 'inodes', 'capture']) {
    get(other, HTMLElement).hidden = other !== name;
    set(get(`tab-${other}`, HTMLElement), { 'aria-selected': other === name, tabindex: other === name ? 0 : -1 });
  }
  if (name === 'inodes') inodeList.draw();
  if (name === 'findings') findingList.draw();
  if (lost) focusTab(name);
}

/** @param {string} name */
function focusTab(name) {
  const box = name === 'findings' ? findingList.box : name === 'inodes' ? inodeList.box : get('capture', HTMLElement);
  box.focus({ preventScroll: true });
}

/** @param {number[]} group */
function findingHead(group) {
  const first = doc.findings[group[0]], { code, title } = doc.rules[first.rule];
  const who = [first.client, first.host].filter((part) => part).join(' · ');
  const way = first.from !== null || first.to !== null ? `mds.${first.from ?? '?'} → ${first.to === null ? 'nowhere' : `mds.${first.to}`}` : '';
  const item = el('div', `item finding-head ${first.severity}`,
    el('span', 'sev'),
    el('span', 'head-text', el('span', 'head-code', el('b', 'code', code), first.certainty === 'certain' ? null : el('span', 'unsure', 'undetermined')), el('span', 'head-title', title), el('span', 'head-who', [who, way].filter((part) => part).join('   '))),
    el('span', 'head-n', `${group.length} ×`));
  item.title = title;
  set(item, { 'aria-label': `${first.severity}, ${first.certainty}: ${code}, ${count(group.length, 'finding')}. ${title}. ${who} ${way}` });
  return item;
}

/** @param {number} index */
function findingItem(index) {
  const finding = doc.findings[index];
  const item = el('div', `item finding ${finding.severity}${index === app.finding ? ' on' : ''}`,
    el('span', 'when', seconds(finding.time, 3)),
    tail('where', findingName(index)),
    el('span', 'frame', frameOf(finding.file, finding.frame)));
  const then = findingThen(index);
  item.title = [findingName(index), finding.ino ?? '', then ? `called ${then} then` : ''].filter((part) => part).join('  ');
  set(item, { 'aria-label': `${seconds(finding.time, 3)} s, ${findingName(index)}, frame ${frameOf(finding.file, finding.frame)}` });
  return item;
}

function makeInodes() {
  const box = get('inodes', HTMLElement);
  sorting = document.createElement('select');
  for (const [value, text] of [['bad', 'most to tell'], ['time', 'first seen'], ['path', 'path'], ['events', 'events'], ['moves', 'moves']]) {
    const option = document.createElement('option');
    option.value = value;
    option.textContent = text;
    sorting.append(option);
  }
  sorting.addEventListener('change', () => applySearch());
  box.append(el('label', 'sorting', 'order ', sorting));
  inodeList = new List(box, {
    label: 'Inodes',
    height: () => 42,
    render: (index) => inodeItem(rows.inodes[index]),
    open: (index) => openInode(rows.inodes[index]),
  });
}

/** @param {number} inode */
function inodeItem(inode) {
  const { ino, path } = doc.inodes, findings = inodeFindings.get(inode)?.length ?? 0;
  const name = path[inode] ?? ino[inode], cut = name.lastIndexOf('/') + 1;
  const isPath = cut > 0 && cut < name.length, whole = set(el('bdi', '', isPath ? el('span', 'dir', name.slice(0, cut)) : null, isPath ? name.slice(cut) : name), { dir: 'ltr' });
  const title = el('span', 'tail name', whole), parts = inodeCounts(inode), others = otherNames(inode);
  const item = el('div', `item inode${inode === app.inode ? ' on' : ''}`, title,
    el('span', 'sub', el('span', 'ino', ino[inode]), ` ${parts.join(' · ')}${others.length ? ` · also ${others[0]}` : ''}`));
  if (findings) {
    const severity = ['info', 'info', 'warning', 'error'][worst(inode) >> 1];
    item.append(el('span', `badge ${severity}`, String(findings)));
    item.setAttribute('aria-label', `${name}, ${ino[inode]}, ${parts.join(', ')}, ${count(findings, 'finding')}`);
  }
  item.title = [name, ...others].join(', also ');
  return item;
}

/** What the capture is and what of it was not read. */
function makeCapture() {
  const { facts, missed, files } = doc, box = get('capture', HTMLElement);
  const section = (/** @type {string} */ title, /** @type {Node[]} */ ...inside) => box.append(el('section', '', el('h2', '', title), ...inside));
  /** @type {[string, string][]} */
  const list = files.map((file) => [file.name, count(file.packets, 'packet')]);
  if (facts.timed) list.push(['begins', `${day(0, doc.origin)} ${clock(0, doc.origin, 6)} UTC`], ['lasts', duration(doc.end)]);
  section('Files', pairs(list));
  const bad = [...missed.faults, ...missed.grave];
  const items = (/** @type {string[]} */ lines, /** @type {string} */ cls) => el('ul', cls, ...lines.map((line) => el('li', '', line)));
  if (bad.length) section('Not read: messages may be missing', items(bad, 'missed grave'));
  if (missed.slight.length) section('Not read: nothing asked for is missing', items(missed.slight, 'missed'));
  if (!bad.length && !missed.slight.length) section('Not read', el('p', 'good', '✓ nothing was missed'));
  const left = [];
  if (facts.events_dropped) left.push(`${count(facts.events_dropped, 'event')} beyond --max-events`);
  if (facts.notes_dropped) left.push(count(facts.notes_dropped, 'note of sessions and ranks'));
  if (facts.gaps_left_out) left.push(count(facts.gaps_left_out, 'gap'));
  if (facts.findings_left_out) left.push(`${count(facts.findings_left_out, 'finding')} beyond a bound`);
  if (facts.requests_left_out) left.push(`${count(facts.requests_left_out, 'request')} beyond a bound`);
  if (left.length) section('Left out of this page', items(left, 'missed grave'));
  if (doc.between.length) {
    const [shown, more] = [doc.between.slice(0, 50), doc.between.length - 50];
    const lines = shown.map(([from, until, ends, begins]) => `${seconds(from, 3)} to ${seconds(until, 3)} s: ${files[ends]?.name} ends, ${files[begins]?.name} begins`);
    section('In none of the files', items(more > 0 ? [...lines, `and ${grouped(more)} more`] : lines, 'missed'));
  }
  section('Connections', pairs([
    ['clients and ranks', protectedText(facts.serving)],
    ['others of Ceph', protectedText(facts.others)],
    ['not of Ceph', grouped(facts.foreign)],
  ]));
  section('Who', table(['', ''], [...doc.servers, ...doc.clients].map(({ name, said }) => [name, said])));
  section('Caps messages', table(['operation', 'count'], facts.ops.map(([name, n]) => [name, grouped(n)])));
  if (facts.requests_elsewhere) section('Requests', el('p', '', `${count(facts.requests_elsewhere, 'request')} of clients about inodes that have no lane here, or of which the inode is not known.`));
  section('Messages', table(['type', 'count', 'bytes'], facts.messages.map(([name, n, size]) => [name, grouped(n), bytes(size)])));
  section('Made by', el('p', '', doc.tool));
}

/** How many connections, and how many of them are encrypted. @param {[number, number]} counts */
function protectedText([all, encrypted]) {
  return encrypted ? `${grouped(all)}, of which ${grouped(encrypted)} encrypted` : grouped(all);
}

/** @param {string[]} heads @param {string[][]} body */
function table(heads, body) {
  const made = el('table', 'counts');
  if (heads.some((head) => head)) made.append(el('thead', '', el('tr', '', ...heads.map((head) => el('th', '', head)))));
  made.append(el('tbody', '', ...body.map((row) => el('tr', '', ...row.map((cell) => el('td', '', cell))))));
  return made;
}
