// The place that is shown, in the address: `#ino=0x100000001f9&t=8.5-16&frame=1428`. `t` is a moment or two, in
// seconds from the first packet; `q` what is searched for.

/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;

/** Writes the place into the address, once it has been the same for a moment. */
function keepPlace() {
  clearTimeout(later);
  later = setTimeout(() => {
    const text = placeText();
    if (text === location.hash) return;
    try {
      history.replaceState(null, '', text || location.pathname + location.search);
    } catch {
      // Some browsers count how often; the next one will do.
    }
  }, 250);
}

/** The place as the end of an address. */
function placeText() {
  const parts = [];
  if (app.inode >= 0) parts.push(`ino=${doc.inodes.ino[app.inode]}`);
  const all = whole();
  if (view.from > all.from || view.until < all.until) {
    const digits = Math.min(Math.max(Math.ceil(-Math.log10((view.until - view.from) / 1e9)) + 3, 3), 9);
    parts.push(`t=${seconds(Math.max(view.from, 0), digits)}-${seconds(view.until, digits)}`);
  }
  if (app.event >= 0) parts.push(`frame=${frameText(app.event)}`);
  if (app.finding >= 0) parts.push(`finding=${app.finding + 1}`);
  if (app.query) parts.push(`q=${encodeURIComponent(app.query)}`);
  return parts.length ? `#${parts.join('&')}` : '';
}

/** Goes where the address says. Whether it says anything. */
function goToPlace() {
  const said = new URLSearchParams(location.hash.slice(1));
  const query = said.get('q');
  if (query !== null && query !== app.query) {
    get('search', HTMLInputElement).value = query;
    applySearch();
  }
  const ino = said.get('ino'), inode = ino === null ? -1 : inodeOf(ino);
  const finding = Number(said.get('finding') ?? 0) - 1;
  const [from, until] = (said.get('t') ?? '').split('-').map((part) => (part === '' ? NaN : Number(part) * 1e9));
  if (Number.isInteger(finding) && doc.findings[finding]) openFinding(finding);
  else if (inode >= 0) openInode(inode);
  if (until > from) setView(from, until);
  else if (from >= 0) {
    const length = Math.min(view.until - view.from, Math.max(doc.end / 20, 1e6));
    setView(from - length / 2, from + length / 2);
  }
  const frame = said.get('frame');
  if (frame !== null) {
    const event = eventInFrame(frame, inode);
    if (event >= 0 && event !== app.event) {
      if (from >= 0) selectEvent(event, 'place');
      else leadTo(event);
    }
  }
  return ino !== null || from >= 0 || frame !== null || finding >= 0;
}

/** @param {string} text */
function inodeOf(text) {
  try {
    return doc.inodes.ino.indexOf(`0x${BigInt(text).toString(16)}`);
  } catch {
    return -1;
  }
}

/** The first message in a packet, of an inode if one is given. @param {string} text @param {number} inode */
function eventInFrame(text, inode) {
  const [first, second] = text.split(':').map(Number);
  const file = second === undefined ? 0 : first - 1, frame = second ?? first;
  const from = inode < 0 ? 0 : model.eventAt[inode], end = inode < 0 ? model.n : model.eventAt[inode + 1];
  for (let event = from; event < end; event++) {
    if (model.frame[event] === frame && (sparse(doc.events.file, event) ?? 0) === file) return event;
  }
  return -1;
}
