// What the page knows: messages by inode and lane, holdings, gaps and notes, findings.

/** What a message is drawn as, and how much it tells where several share a pixel. */
const KINDS = ['grant', 'revoke', 'update', 'flush', 'release', 'ack', 'trunc', 'export', 'reassert', 'import', 'request', 'reply', 'other'];
const KIND_NAMES = ['grant, issue', 'revoke', 'update', 'flush', 'release', 'acknowledgement', 'truncation', 'export', 're-assertion', 'import', 'request', 'reply', 'other'];
const [GRANT, REVOKE, UPDATE, FLUSH, RELEASE, ACK, TRUNC, EXPORT, REASSERT, IMPORT, REQUEST, REPLY, OTHER] = KINDS.keys();
/** @type {Record<string, number>} */
const KIND_OF = {
  issue: GRANT, grant: GRANT, revoke: REVOKE, update: UPDATE, flush: FLUSH, flushsnap: FLUSH,
  release: RELEASE, give_up: RELEASE, flush_ack: ACK, flushsnap_ack: ACK, trunc: TRUNC,
  export: EXPORT, reassert: REASSERT, import: IMPORT, request: REQUEST, reply: REPLY, forward: REPLY,
};
/** Migrations, as `words.rs` numbers them. */
const PAIRED = 0, NO_IMPORT = 1, NO_EXPORT = 2, NOT_DUE = 3, NOWHERE = 4;
const UNKNOWN = 0, NOTHING = 1, PLACEHOLDER = 2;

const model = (() => {
  const { inodes, lanes, spans, events } = doc;
  const eventAt = starts(inodes.events), laneAt = starts(inodes.lanes), moveAt = starts(inodes.migrations);
  const spanAt = starts(lanes.spans);
  const n = events.lane.length, laneCount = lanes.client.length, inodeCount = inodes.ino.length;
  const time = sums(events.time, doc.unit), frame = sums(events.frame, 1);
  const inode = new Uint32Array(n), lane = new Uint32Array(n), kind = new Uint8Array(n);
  const kindOfText = doc.strings.map((text) => KIND_OF[text] ?? OTHER);
  const laneInode = new Uint32Array(laneCount), ofLane = new Uint32Array(laneCount + 1);
  for (let i = 0; i < inodeCount; i++) {
    laneInode.fill(i, laneAt[i], laneAt[i + 1]);
    for (let e = eventAt[i]; e < eventAt[i + 1]; e++) {
      inode[e] = i;
      lane[e] = laneAt[i] + events.lane[e];
      kind[e] = kindOfText[events.what[e]];
      ofLane[lane[e] + 1]++;
    }
  }
  for (let i = 0; i < laneCount; i++) ofLane[i + 1] += ofLane[i];
  // Messages of each lane, in the order of time: they come so, but for requests, which are behind the others.
  const next = ofLane.slice(), laneEvents = new Uint32Array(n);
  for (let e = 0; e < n; e++) laneEvents[next[lane[e]]++] = e;
  for (let l = 0; l < laneCount; l++) {
    const own = laneEvents.subarray(ofLane[l], ofLane[l + 1]);
    if (own.some((e, i) => i > 0 && time[own[i - 1]] > time[e])) own.sort((a, b) => time[a] - time[b] || a - b);
  }
  const laneTimes = new Float64Array(n);
  for (let i = 0; i < n; i++) laneTimes[i] = time[laneEvents[i]];
  const spanTime = new Float64Array(spans.kind.length);
  for (let l = 0; l < laneCount; l++) {
    let last = 0, sum = 0;
    // A packet with an older time than the one before it draws no bar backwards.
    for (let s = spanAt[l]; s < spanAt[l + 1]; s++) last = spanTime[s] = Math.max(last, (sum += spans.time[s]) * doc.unit);
  }
  // When the first and the last message of each inode were seen.
  const firstTime = new Float64Array(inodeCount).fill(Infinity), lastTime = new Float64Array(inodeCount).fill(-Infinity);
  const requests = new Uint32Array(inodeCount);
  for (let e = 0; e < n; e++) {
    firstTime[inode[e]] = Math.min(firstTime[inode[e]], time[e]);
    lastTime[inode[e]] = Math.max(lastTime[inode[e]], time[e]);
    if (kind[e] === REQUEST) requests[inode[e]]++;
  }
  return {
    firstTime, lastTime, requests, n, laneCount, inodeCount, time, frame, inode, lane, kind, eventAt, laneAt, moveAt, spanAt, ofLane,
    laneEvents, laneTimes, laneInode, spanTime,
  };
})();

/** All messages in the order of time; made when it is first needed. */
const inOrder = once(() => {
  const order = new Uint32Array(model.n);
  for (let i = 0; i < order.length; i++) order[i] = i;
  const { time, frame } = model;
  return order.sort((a, b) => time[a] - time[b] || frame[a] - frame[b] || a - b);
});

/**
 * @template T
 * @param {() => T} make
 * @returns {() => T}
 */
function once(make) {
  /** @type {T | undefined} */
  let made;
  return () => (made ??= make());
}

/** @param {number} event */
function whatText(event) {
  return doc.strings[doc.events.what[event]];
}

/** The lane's client and server. @param {number} lane */
function laneParties(lane) {
  return { client: doc.clients[doc.lanes.client[lane]], server: doc.servers[doc.lanes.server[lane]] };
}

/** What an inode is called everywhere on the page: as it was called at the end. @param {number} inode */
function inodeName(inode) {
  return doc.inodes.path[inode] ?? doc.inodes.ino[inode];
}

/** The path without the word that it is gone. @param {number} inode */
function lastName(inode) {
  return doc.inodes.path[inode]?.replace(/ \(deleted\)$/, '') ?? null;
}

/** Other names that an inode had. @param {number} inode */
function otherNames(inode) {
  const names = oldNames().get(inode)?.map((at) => doc.inodes.names[at][1]) ?? [];
  return [...new Set(names)].filter((name) => name !== lastName(inode));
}

/** The inode that a finding is about, by the name that it has on the whole page. @param {number} index */
function findingName(index) {
  const { inode, path, ino } = doc.findings[index];
  return inode === null ? path ?? ino ?? 'no inode' : inodeName(inode);
}

/** What that inode was called when it happened, if it was not the same. @param {number} index */
function findingThen(index) {
  const { inode, path } = doc.findings[index];
  return inode !== null && path !== null && path !== lastName(inode) && path !== inodeName(inode) ? path : '';
}

/** The inode's messages about caps, the requests, and the moves. @param {number} inode */
function inodeCounts(inode) {
  const { events, requests, migrations } = doc.inodes;
  const parts = [count(events[inode] - requests[inode], 'event')];
  if (model.requests[inode]) parts.push(count(model.requests[inode], 'request'));
  if (migrations[inode]) parts.push(count(migrations[inode], 'move'));
  return parts;
}

/** The number of a packet, with its file's if there are several. @param {number} event */
function frameText(event) {
  const file = sparse(doc.events.file, event) ?? 0;
  return frameOf(file, model.frame[event]);
}

/** @param {number} file @param {number} frame */
function frameOf(file, frame) {
  return doc.files.length > 1 ? `${file + 1}:${frame}` : String(frame);
}

/** Gaps of each lane: those of its client and its server. */
const laneGaps = (() => {
  /** @type {Map<string, number[]>} */
  const by = new Map();
  doc.gaps.forEach((gap, index) => {
    const key = `${gap.client} ${gap.server}`;
    const list = by.get(key);
    if (list) list.push(index);
    else by.set(key, [index]);
  });
  /** @type {number[]} */
  const none = [];
  return (/** @type {number} */ lane) => by.get(`${doc.lanes.client[lane]} ${doc.lanes.server[lane]}`) ?? none;
})();

/** What is told of a session or of a rank alone, by client and server. */
const notesOf = (() => {
  /** @type {Map<string, number[]>} */
  const by = new Map();
  doc.notes.time.forEach((_, index) => {
    const key = `${doc.notes.client[index]} ${doc.notes.server[index]}`;
    const list = by.get(key);
    if (list) list.push(index);
    else by.set(key, [index]);
  });
  /** @type {number[]} */
  const none = [];
  return (/** @type {number} */ client, /** @type {number} */ server) => by.get(`${client} ${server}`) ?? none;
})();

/** Findings of each inode. */
const inodeFindings = (() => {
  /** @type {Map<number, number[]>} */
  const by = new Map();
  doc.findings.forEach((finding, index) => {
    if (finding.inode === null) return;
    const list = by.get(finding.inode);
    if (list) list.push(index);
    else by.set(finding.inode, [index]);
  });
  return by;
})();

const RANKING = { error: 3, warning: 2, info: 1 };

/** How bad the worst finding of an inode is, 0 if there is none. @param {number} inode */
function worst(inode) {
  let worst = 0;
  for (const index of inodeFindings.get(inode) ?? []) {
    const { severity, certainty } = doc.findings[index];
    worst = Math.max(worst, RANKING[severity] * 2 + (certainty === 'certain' ? 1 : 0));
  }
  return worst;
}

/** The event that a finding leads to, -1 if there is none. @param {number} index */
function findingEvent(index) {
  const { inode, entry } = doc.findings[index];
  return inode === null || entry === null ? -1 : model.eventAt[inode] + entry;
}
