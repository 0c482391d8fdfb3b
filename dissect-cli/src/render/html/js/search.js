// What the search box means: words that all have to fit. A word is part of a path, an inode's number, or the
// name of a client or a rank.

/**
 * @typedef {{ lanes: ((lane: number) => boolean) | null, inodes: Uint32Array }} Found
 */

/**
 * @param {string} query
 * @param {Uint32Array} order
 * @returns {Found}
 */
function find(query, order) {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return { lanes: null, inodes: order };
  /** @type {Set<number>[]} */
  const lanesOf = [];
  /** @type {string[]} */
  const names = [];
  for (const word of words) {
    const lanes = lanesOfParty(word);
    if (lanes) lanesOf.push(lanes);
    else names.push(word);
  }
  const fits = (/** @type {number} */ lane) => lanesOf.every((lanes) => lanes.has(lane));
  const inodes = order.filter((inode) => {
    if (!names.every((word) => isCalled(inode, word) || isHeldAt(inode, word))) return false;
    if (lanesOf.length === 0) return true;
    for (let lane = model.laneAt[inode]; lane < model.laneAt[inode + 1]; lane++) if (fits(lane)) return true;
    return false;
  });
  if (lanesOf.length === 0) return { lanes: null, inodes };
  const marked = markedLanes(inodes, fits);
  return { lanes: (lane) => fits(lane) || marked.has(lane), inodes };
}

/**
 * Lanes with the mark of a move that lacks a half, of which the other lane fits: what is wrong stays in sight.
 * @param {Uint32Array} inodes
 * @param {(lane: number) => boolean} fits
 */
function markedLanes(inodes, fits) {
  /** @type {Set<number>} */
  const marked = new Set();
  const { moveAt, laneAt } = model, { state } = doc.migrations;
  for (const inode of inodes) {
    for (let m = moveAt[inode]; m < moveAt[inode + 1]; m++) {
      if (state[m] !== NO_IMPORT && state[m] !== NO_EXPORT) continue;
      const ends = moveEnds(m, laneAt[inode]);
      if (ends && fits(ends.from)) marked.add(ends.to);
    }
  }
  return marked;
}

/** The lanes of the client or rank that a word names, if it names one: `client.4130`, `4130`, `mds.1`. @param {string} word */
function lanesOfParty(word) {
  const is = (/** @type {{ name: string }} */ { name }) => name.toLowerCase() === word || name === `client.${word}`;
  if (!doc.clients.some(is) && !doc.servers.some(is)) return null;
  /** @type {Set<number>} */
  const lanes = new Set();
  for (let lane = 0; lane < model.laneCount; lane++) {
    const { client, server } = laneParties(lane);
    if (is(client) || is(server)) lanes.add(lane);
  }
  return lanes;
}

/** Whether a client on a host of this name, or one that begins so, has to do with an inode. @param {number} inode @param {string} word */
function isHeldAt(inode, word) {
  if (word.length < 2) return false;
  for (let lane = model.laneAt[inode]; lane < model.laneAt[inode + 1]; lane++) {
    if (laneParties(lane).client.said.toLowerCase().startsWith(word)) return true;
  }
  return false;
}

/** @param {number} inode @param {string} word */
function isCalled(inode, word) {
  const { ino, path, names } = doc.inodes;
  if (ino[inode].includes(word) || (path[inode] ?? '').toLowerCase().includes(word)) return true;
  if (/^\d{3,}$/.test(word) && BigInt(word) === BigInt(ino[inode])) return true;
  return oldNames().get(inode)?.some((at) => names[at][1].toLowerCase().includes(word)) ?? false;
}

/** Further names by inode. */
const oldNames = once(() => {
  /** @type {Map<number, number[]>} */
  const by = new Map();
  doc.inodes.names.forEach(([inode], at) => {
    const list = by.get(inode);
    if (list) list.push(at);
    else by.set(inode, [at]);
  });
  return by;
});

/** @type {Map<string, Uint32Array>} */
const orders = new Map();

/** Inodes in an order. @param {string} by */
function ordered(by) {
  const known = orders.get(by);
  if (known) return known;
  const made = sorted(by);
  orders.set(by, made);
  return made;
}

/** @param {string} by */
function sorted(by) {
  const order = new Uint32Array(model.inodeCount);
  for (let i = 0; i < order.length; i++) order[i] = i;
  const { events, migrations } = doc.inodes;
  const first = (/** @type {number} */ i) => model.firstTime[i];
  switch (by) {
    case 'path': {
      const named = doc.inodes.path.map((path) => path ?? '\uffff');
      return order.sort((a, b) => (named[a] < named[b] ? -1 : named[a] > named[b] ? 1 : a - b));
    }
    case 'events': return order.sort((a, b) => events[b] - events[a] || a - b);
    case 'moves': return order.sort((a, b) => migrations[b] - migrations[a] || a - b);
    case 'time': return order.sort((a, b) => first(a) - first(b) || a - b);
    default: {
      const bad = new Float64Array(order.length);
      for (const inode of inodeFindings.keys()) bad[inode] = worst(inode) * 1e6 + (inodeFindings.get(inode)?.length ?? 0);
      return order.sort((a, b) => bad[b] - bad[a] || migrations[b] - migrations[a] || events[b] - events[a] || a - b);
    }
  }
}
