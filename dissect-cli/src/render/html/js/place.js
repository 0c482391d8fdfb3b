// The place that is shown, in the address: `#ino=0x100000001f9&t=8.5-16&frame=1428`. `t` is a moment or two, in
// seconds from the first packet; `q` what is searched for.

/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;
/** The next place is another one, not the same a little further. */
let isStep = false;
/** The page goes where the address says. */
let isGoing = false;

/** Writes the place into the address, once it has been the same for a moment. */
function keepPlace() {
  clearTimeout(later);
  later = setTimeout(writePlace, 250);
}

/** The page goes on to another finding, inode or message: the browser's way back leads here. */
function leavePlace() {
  if (isGoing || app.drawn === 0) return;
  writePlace();
  isStep = true;
}

function writePlace() {
  clearTimeout(later);
  const text = placeText(), step = isStep;
  isStep = false;
  if (text === location.hash) return;
  const address = text || location.pathname + location.search;
  try {
    if (step) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  } catch {
    // Some browsers count how often; the next one will do.
  }
}

/** The place as the end of an address. */
function placeText() {
  const parts = [];
  if (app.inode >= 0) parts.push(`ino=${doc.inodes.ino[app.inode]}`);
  // An inode or a finding alone would show its own time.
  if (!isWhole() || app.inode >= 0 || app.finding >= 0) {
    const digits = Math.min(Math.max(Math.ceil(-Math.log10((view.until - view.from) / 1e9)) + 3, 3), 9);
    parts.push(`t=${seconds(Math.max(view.from, 0), digits)}-${seconds(view.until, digits)}`);
  }
  if (app.event >= 0) parts.push(`frame=${frameText(app.event)}${turn(app.event)}`);
  if (app.finding >= 0) parts.push(`finding=${app.finding + 1}`);
  if (app.query) parts.push(`q=${encodeURIComponent(app.query)}`);
  return parts.length ? `#${parts.join('&')}` : '';
}

/** Which one of several messages of the inode in one packet: `.2` is the second. @param {number} event */
function turn(event) {
  const first = model.eventAt[model.inode[event]];
  let n = 1;
  for (let e = first; e < event; e++) if (isSameFrame(e, event)) n++;
  return n > 1 ? `.${n}` : '';
}

/** @param {number} one @param {number} two */
function isSameFrame(one, two) {
  return model.frame[one] === model.frame[two] && sparse(doc.events.file, one) === sparse(doc.events.file, two);
}

/** Goes where the address says, and nowhere else. Whether it says anything. */
function goToPlace() {
  isGoing = true;
  isStep = false;
  try {
    return goTo(new URLSearchParams(location.hash.slice(1)));
  } finally {
    isGoing = false;
  }
}

/** @param {URLSearchParams} said */
function goTo(said) {
  /** @type {string[]} */
  const missing = [];
  const query = said.get('q') ?? '';
  if (query !== app.query) {
    get('search', HTMLInputElement).value = query;
    applySearch();
  }
  if (app.event >= 0 || app.finding >= 0) closeAll();
  if (app.inode >= 0) choose(-1);
  if (query) showTab('inodes');
  const ino = said.get('ino'), inode = ino === null ? -1 : inodeOf(ino);
  if (ino !== null && inode < 0) missing.push(`inode ${ino}`);
  const number = said.get('finding'), finding = Number(number ?? 0) - 1;
  const isFinding = Number.isInteger(finding) && doc.findings[finding] !== undefined;
  if (number !== null && !isFinding) missing.push(`finding ${number}`);
  const time = said.get('t'), [from, until] = (time ?? '').split('-').map((part) => (part === '' ? NaN : Number(part) * 1e9));
  if (time !== null && !(from >= 0)) missing.push(`time ${time}`);
  if (isFinding) openFinding(finding);
  else if (inode >= 0) openInode(inode);
  const all = whole();
  if (until > from) {
    if (from <= 0 && until >= doc.end) setView(all.from, all.until);
    else setView(from, until);
  } else if (from >= 0) {
    const length = Math.min(view.until - view.from, Math.max(doc.end / 20, 1e6));
    setView(from - length / 2, from + length / 2);
  } else if (!isFinding && inode < 0) {
    setView(all.from, all.until);
  }
  const frame = said.get('frame');
  if (frame !== null) {
    const event = eventInFrame(frame, inode);
    if (event < 0) missing.push(`message in frame ${frame}`);
    else if (event !== app.event) {
      if (from >= 0) selectEvent(event, 'place');
      else leadTo(event);
    }
  }
  notice(missing.length ? `The address asks for what is not in this page: ${missing.join(', ')}.` : '');
  return ino !== null || time !== null || frame !== null || number !== null;
}

/** @param {string} text */
function inodeOf(text) {
  try {
    return doc.inodes.ino.indexOf(`0x${BigInt(text).toString(16)}`);
  } catch {
    return -1;
  }
}

/** A message in a packet, of an inode if one is given. @param {string} text @param {number} inode */
function eventInFrame(text, inode) {
  const parts = /^(?:(\d+):)?(\d+)(?:\.(\d+))?$/.exec(text);
  if (!parts) return -1;
  const file = Number(parts[1] ?? 1) - 1, frame = Number(parts[2]);
  let left = Number(parts[3] ?? 1);
  const from = inode < 0 ? 0 : model.eventAt[inode], end = inode < 0 ? model.n : model.eventAt[inode + 1];
  for (let event = from; event < end; event++) {
    if (model.frame[event] === frame && (sparse(doc.events.file, event) ?? 0) === file && --left === 0) return event;
  }
  return -1;
}
