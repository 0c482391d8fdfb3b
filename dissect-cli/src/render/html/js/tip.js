// What the pointer is on, in a few lines beside it.

/** @param {Hit | null} hit @param {number} x @param {number} y */
function showTip(hit, x, y) {
  const tip = get('tip', HTMLElement);
  const lines = hit ? tipLines(hit) : null;
  if (!lines) {
    tip.hidden = true;
    return;
  }
  tip.replaceChildren(...lines);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 16 + width > innerWidth ? x - 12 - width : x + 16;
  const top = y + 18 + height > innerHeight ? y - 12 - height : y + 18;
  tip.style.left = `${Math.max(left, 4)}px`;
  tip.style.top = `${Math.max(top, 4)}px`;
}

/** @param {Hit} hit @returns {Node[] | null} */
function tipLines(hit) {
  if (hit.lane < 0) return null;
  if (hit.note >= 0) {
    const { client, server } = laneParties(hit.lane);
    return [
      el('b', 'tip-title', doc.strings[doc.notes.text[hit.note]]),
      pairs([['who', `${client.name} and ${server.name}`], ...timePairs(doc.notes.time[hit.note]), ['frame', String(doc.notes.frame[hit.note])]]),
    ];
  }
  if (hit.event >= 0) return eventTip(hit.event);
  if (hit.between >= 0) return betweenTip(hit.between);
  if (hit.gap >= 0) {
    const gap = doc.gaps[hit.gap];
    const way = gap.way === 2 ? 'either way' : gap.way ? 'from the rank' : 'from the client';
    return [el('b', 'tip-title', 'Not read'), el('p', '', gap.text), pairs([['what', way], ['from', `${seconds(gap.from, 6)} s`], ['until', `${seconds(gap.until, 6)} s`]])];
  }
  if (hit.span >= 0) return spanTip(hit.lane, hit.span);
  return null;
}

/** @param {number} index */
function betweenTip(index) {
  const [from, until, ends, begins] = doc.between[index];
  return [
    el('b', 'tip-title', 'In none of the files'),
    pairs([['ends', doc.files[ends]?.name ?? ''], ['at', `${seconds(from, 6)} s`], ['begins', doc.files[begins]?.name ?? ''], ['at', `${seconds(until, 6)} s`], ['between', duration(until - from)]]),
  ];
}

/** A request or a reply: it has no cap. @param {number} event */
function isAsked(event) {
  return model.kind[event] === REQUEST || model.kind[event] === REPLY;
}

/** @param {number} event */
function eventTip(event) {
  const { client, server } = laneParties(model.lane[event]), { events } = doc;
  /** @type {[string, string][]} */
  const list = [['from', events.way[event] ? server.name : client.name], ['to', events.way[event] ? client.name : server.name], ...timePairs(model.time[event])];
  list.push(['frame', frameText(event)]);
  if (!isAsked(event)) list.push(['cap', `${events.cap[event]}  seq ${events.seq[event]}  mseq ${events.mseq[event]}`]);
  if (events.caps[event]) list.push(['caps', capsText(events.caps[event])]);
  list.push(...changePairs(event));
  return [el('b', 'tip-title', whatText(event)), pairs(list), el('p', 'tip-more', 'click for all of it')];
}

/** What a message changes and what became of it. @param {number} event @returns {[string, string][]} */
function changePairs(event) {
  const { events } = doc;
  /** @type {[string, string][]} */
  const list = [];
  const told = sparse(events.told, event);
  if (told !== undefined) list.push([model.kind[event] === REQUEST ? 'asks for' : 'says', doc.strings[told]]);
  const gained = sparse(events.gained, event), lost = sparse(events.lost, event), asked = sparse(events.asked, event);
  if (gained || lost) list.push(['change', `${gained ? `+${capsText(gained)}` : ''} ${lost ? `−${capsText(lost)}` : ''}`.trim()]);
  if (asked) list.push(['asks back', capsText(asked)]);
  const dirty = sparse(events.dirty, event);
  if (dirty) list.push(['dirty', `${capsText(dirty)}${sparse(events.tid, event) ? `  tid ${sparse(events.tid, event)}` : ''}`]);
  const peer = sparse(events.peer, event);
  if (peer) list.push([model.kind[event] === EXPORT ? 'goes to' : 'comes from', peerText(peer)]);
  const outcome = outcomeText(event);
  if (outcome) list.push(['outcome', outcome]);
  const odd = sparse(events.oddity, event);
  if (odd !== undefined) list.push(['amiss', doc.strings[odd]]);
  if (sparse(events.stale, event)) list.push(['amiss', 'of a cap that is gone']);
  return list;
}

/** @param {[Num, number, number, number, number]} peer */
function peerText([cap, seq, mseq, mds, flags]) {
  if (mds < 0) return 'nowhere';
  return `mds.${mds} cap ${cap} seq ${seq} mseq ${mseq}${flags ? ` flags ${flags}` : ''}`;
}

/** @param {number} event */
function outcomeText(event) {
  const outcome = sparse(doc.events.outcome, event);
  if (!outcome) return '';
  const [how, by, after] = outcome, other = model.eventAt[model.inode[event]] + by;
  if (how === 0) return 'no answer seen';
  if (how === 1) return `answered in ${duration(after)} by frame ${frameText(other)}`;
  return `overtaken by frame ${frameText(other)}`;
}

/** @param {number} lane @param {number} span @returns {Node[] | null} */
function spanTip(lane, span) {
  const { kind, cap, caps, cause } = doc.spans, { client, server } = laneParties(lane);
  const title = ['Not known', 'No cap', 'Placeholder', 'Cap'][kind[span]];
  const next = span + 1 < model.spanAt[lane + 1] ? model.spanTime[span + 1] : doc.end;
  /** @type {[string, string][]} */
  const list = [['who', `${client.name} from ${server.name}`]];
  if (kind[span] >= PLACEHOLDER) list.push(['holds', capsText(caps[span])]);
  list.push(['since', `${seconds(model.spanTime[span], 6)} s, for ${duration(next - model.spanTime[span])}`]);
  if (cause[span] >= 0) list.push(['by', doc.strings[cause[span]]]);
  return [el('b', 'tip-title', kind[span] >= PLACEHOLDER ? `${title} ${cap[span]}` : title), pairs(list)];
}

/** @param {number} time @returns {[string, string][]} */
function timePairs(time) {
  return [['time', `${seconds(time, 6)} s`], ['UTC', clock(time, doc.origin, 6)]];
}

/** Names and values below each other. @param {[string, string | Node][]} list */
function pairs(list) {
  const made = el('dl', 'pairs');
  for (const [name, value] of list) made.append(el('dt', '', name), el('dd', '', value));
  return made;
}
