// Everything about the selected message or finding.

/** @param {Node[]} inside */
function fillPanel(...inside) {
  get('drawer', HTMLElement).classList.add('open');
  refill(...inside);
}

/** Nothing is chosen: the table has all the room. */
function emptyPanel() {
  get('drawer', HTMLElement).classList.remove('open');
  set(get('panel', HTMLElement), { 'aria-label': 'Details' }).replaceChildren();
}

/** @param {string} kind @param {string} title @param {string} sub */
function panelHead(kind, title, sub) {
  get('panel', HTMLElement).setAttribute('aria-label', `Details: ${title}, ${sub}`);
  const close = set(button('close', '×', () => closeAll()), { 'aria-label': 'Close', title: 'Close (Esc)' });
  return el('div', 'bar', el('span', `kind ${kind}`), el('h2', '', title), el('span', 'note', sub), close);
}

/** @param {number} event */
function eventPanel(event) {
  const { events } = doc, lane = model.lane[event], inode = model.inode[event];
  const { client, server } = laneParties(lane);
  const down = events.way[event] === 1;
  /** @type {[string, string | Node][]} */
  const list = [
    ['time', `${seconds(model.time[event], 9)} s   ${day(model.time[event], doc.origin)} ${clock(model.time[event], doc.origin, 9)} UTC`],
    ['frame', `${frameText(event)}, connection ${events.conn[event]}`],
    ['from', down ? partyText(server) : partyText(client)],
    ['to', down ? partyText(client) : partyText(server)],
    ['inode', inodeLink(inode)],
  ];
  if (isAsked(event)) {
    list.push(['message', doc.strings[events.source[event]]]);
  } else {
    list.push(
      ['message', `${doc.strings[events.source[event]]} version ${events.version[event]}`],
      ['cap', String(events.cap[event])],
      ['seq', `${events.seq[event]}   issue_seq ${sparse(events.issue_seq, event) ?? 0}   mseq ${events.mseq[event]}`],
      ['caps', capsNode(events.caps[event])],
      ['wanted', capsNode(events.wanted[event])]);
  }
  const tid = sparse(events.tid, event), follows = sparse(events.follows, event), size = sparse(events.size, event);
  if (tid !== undefined) list.push(['tid', String(tid)]);
  if (follows !== undefined) list.push(['follows', doc.strings[follows]]);
  if (size !== undefined) list.push(['size', `${events.sizes[size][0]}, at most ${events.sizes[size][1]}`]);
  for (const [name, value] of changePairs(event)) {
    if (name === 'outcome') list.push([name, outcomeNode(event, value)]);
    else list.push([name, value]);
  }
  if (isAsked(event)) list.push(['held then', heldText(lane, model.time[event], true)]);
  else list.push(['held before', heldText(lane, model.time[event], true)], ['and after', heldText(lane, model.time[event], false)]);
  if (events.branch[event] >= 0) list.push(['client', doc.strings[events.branch[event]]]);
  if (sparse(events.replayed, event)) list.push(['replayed', 'delivered before, on an earlier connection of the session']);
  const move = moveNode(event);
  if (move) list.push(['move', move]);
  const findings = (inodeFindings.get(inode) ?? []).filter((index) => findingEvent(index) === event);
  for (const index of findings) list.push(['finding', link(doc.rules[doc.findings[index].rule].code, () => openFinding(index))]);
  const head = panelHead(KINDS[model.kind[event]], whatText(event).toUpperCase(), `${down ? server.name : client.name} → ${down ? client.name : server.name}`);
  const both = [button('choice', 'Summary', () => show(false)), button('choice', 'Fields and bytes', () => show(true))];
  head.insertBefore(set(el('span', 'choices', ...both), { role: 'group', 'aria-label': 'View of the message' }), head.lastChild);
  const show = (/** @type {boolean} */ wire) => {
    wireShown = wire;
    both.forEach((choice, index) => choice.setAttribute('aria-pressed', String(wire === (index === 1))));
    fillPanel(head, wire ? messageNode(event) : el('div', 'scroll', pairs(list)));
  };
  show(wireShown);
}

/** Which of the two views of a message is shown. */
let wireShown = false;

/** The tree of the message and its bytes, or how to get them. @param {number} event */
function messageNode(event) {
  const message = messageOf(event);
  if (message >= 0) return messageView(message, doc.inodes.ino[model.inode[event]]);
  const file = doc.files[sparse(doc.events.file, event) ?? 0]?.name ?? 'FILE';
  const { total, what } = doc.messages;
  return el('div', 'scroll', el('p', 'lead', `This page has the fields and bytes of ${grouped(what.length)} of ${count(total, 'message')}, and this is not one of them.`),
    el('p', 'hint', 'This shows it: ', el('code', '', `ceph-dissect messages -V -x --frame ${model.frame[event]} ${file}`)),
    el('p', 'hint', el('code', '', '--max-messages'), ' puts more of them into the page.'));
}

/** @param {{ name: string, said: string }} party */
function partyText({ name, said }) {
  return said ? `${name}   ${said}` : name;
}

/** @param {number} caps */
function capsNode(caps) {
  if (!caps) return '-';
  const made = el('span', 'bits');
  if (caps & 1) made.append(el('span', 'bit', 'p'));
  for (const group of GROUPS) {
    const text = groupText(caps, group);
    if (text) made.append(el('span', `bit bit-${group[0]}`, text));
  }
  set(made, { role: 'img', 'aria-label': capsText(caps) });
  return made;
}

/** @param {string} text @param {() => void} does */
function link(text, does) {
  return button('link', text, does);
}

/** @param {number} inode */
function inodeLink(inode) {
  const path = doc.inodes.path[inode], others = otherNames(inode);
  return el('span', '', link(doc.inodes.ino[inode], () => openInode(inode)), path === null ? '' : `   ${path}`, others.length ? el('span', 'hint-in', `   also called ${others.join(', ')}`) : null);
}

/** @param {number} event @param {string} text */
function outcomeNode(event, text) {
  const outcome = sparse(doc.events.outcome, event);
  if (!outcome || outcome[0] === 0) return el('span', 'alarm', text);
  return link(text, () => leadTo(model.eventAt[model.inode[event]] + outcome[1]));
}

/** What a lane held right before or from a time on. @param {number} lane @param {number} time @param {boolean} before */
function heldText(lane, time, before) {
  const { spanAt, spanTime } = model, { kind, cap, caps } = doc.spans;
  const at = Math.max(search(spanTime, before ? time : time + 1, spanAt[lane], spanAt[lane + 1]) - 1, spanAt[lane]);
  switch (kind[at]) {
    case UNKNOWN: return 'not known';
    case NOTHING: return 'no cap';
    default: return el('span', '', capsNode(caps[at]), `   cap ${cap[at]}${kind[at] === PLACEHOLDER ? ', placeholder' : ''}`);
  }
}

/** The other half of the move that a message belongs to. @param {number} event */
function moveNode(event) {
  const inode = model.inode[event], at = sparse(doc.events.migration, event);
  if (at === undefined) return null;
  const move = model.moveAt[inode] + at, { state, export: exports, import: imports } = doc.migrations;
  const isExport = model.kind[event] === EXPORT, other = isExport ? imports[move] : exports[move];
  const word = isExport ? 'IMPORT' : 'EXPORT';
  if (state[move] === PAIRED && other) {
    const off = other[0] - model.time[event], text = `${word} ${duration(Math.abs(off))} ${off < 0 ? 'before' : 'later'}`;
    return other[2] < 0 ? text : link(text, () => leadTo(model.eventAt[inode] + other[2]));
  }
  if (state[move] === NO_IMPORT || state[move] === NO_EXPORT) return el('span', 'alarm', `no ${word} seen`);
  if (state[move] === NOT_DUE) return 'no EXPORT due';
  return state[move] === NOWHERE ? 'to nowhere' : `version ${doc.events.version[event]} does not name the other`;
}

/** @param {number} index */
function findingPanel(index) {
  const finding = doc.findings[index], { code, title, page } = doc.rules[finding.rule];
  /** @type {[string, string | Node][]} */
  const list = [];
  if (finding.why) list.push(['undetermined', finding.why]);
  if (finding.came) list.push(['outcome', finding.came]);
  list.push(['time', `${seconds(finding.time, 9)} s   ${clock(finding.time, doc.origin, 9)} UTC`], ['frame', frameOf(finding.file, finding.frame)]);
  if (finding.inode !== null) list.push(['inode', inodeLink(finding.inode)]);
  else if (finding.ino) list.push(['inode', finding.ino]);
  if (findingThen(index)) list.push(['called then', findingThen(index)]);
  if (finding.client) list.push(['client', [finding.client, finding.host].filter((part) => part).join('   ')]);
  if (finding.from !== null) list.push(['exporter', `mds.${finding.from}`]);
  if (finding.to !== null) list.push(['importer', `mds.${finding.to}`]);
  for (const [name, value] of finding.facts) list.push([name, value]);
  const event = findingEvent(index);
  if (event >= 0) list.push(['message', link(`${whatText(event)} in frame ${frameText(event)}`, () => leadTo(event))]);
  const evidence = el('ol', 'evidence');
  for (const [text, time, frame] of finding.evidence) {
    const off = time - finding.time;
    evidence.append(el('li', '', link(off === 0 ? seconds(time, 6) : `${off < 0 ? '−' : '+'}${duration(Math.abs(off))}`, () => lookAt(time)), el('span', '', text), el('span', 'frame', `frame ${frame}`)));
  }
  const at = findingOrder.indexOf(index);
  fillPanel(
    panelHead(finding.severity, code, `${finding.severity}, ${finding.certainty} · ${at + 1} of ${findingOrder.length}`),
    el('div', 'scroll', el('p', 'lead', title), pairs(list), finding.evidence.length ? evidence : '', pageNode(page)));
}

/** The sections of a rule's page that help to understand and to act. @param {string} page */
function pageNode(page) {
  const made = el('div', 'about');
  for (const part of page.split(/^## /m).slice(1)) {
    const [heading, ...lines] = part.split('\n');
    if (!/^What/.test(heading)) continue;
    made.append(el('h3', '', heading));
    for (const line of lines) {
      if (/^(\||```)/.test(line) || !line.trim()) continue;
      made.append(el('p', /^([-*]|\d+\.) /.test(line) ? 'item-of' : '', line.replace(/^([-*]|\d+\.) /, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')));
    }
  }
  return made;
}
