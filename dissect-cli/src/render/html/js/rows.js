// Which inode and which lane is where, from top to bottom. Nothing is made for what is not seen.

const HEAD = 26, LANE = 30, AFTER = 8;
/** Inside a lane: the line of the marks, and the bar. */
const MARK = 7, BAR = 13, BAR_HEIGHT = 15;

const rows = {
  /** @type {Uint32Array} Inodes from top to bottom. */
  inodes: new Uint32Array(0),
  /** @type {((lane: number) => boolean) | null} */
  lanes: null,
  /** Where each inode begins, and where the last one ends. */
  top: new Float64Array(1),
  height: 0,
};

/** @param {Found} found */
function layRows(found) {
  rows.inodes = found.inodes;
  rows.lanes = found.lanes;
  rows.top = new Float64Array(found.inodes.length + 1);
  let y = 0;
  for (let i = 0; i < found.inodes.length; i++) {
    rows.top[i] = y;
    y += HEAD + shownLanes(found.inodes[i]) * LANE + AFTER;
  }
  rows.top[found.inodes.length] = y;
  rows.height = y;
}

/** @param {number} inode */
function shownLanes(inode) {
  const { laneAt } = model;
  if (!rows.lanes) return laneAt[inode + 1] - laneAt[inode];
  let n = 0;
  for (let lane = laneAt[inode]; lane < laneAt[inode + 1]; lane++) if (rows.lanes(lane)) n++;
  return n;
}

/** The row of the inode at this height. @param {number} y */
function rowAt(y) {
  return Math.max(search(rows.top, y + 1e-6, 0, rows.top.length) - 1, 0);
}

/** The row of an inode, -1 if it is not shown. @param {number} inode */
function rowOf(inode) {
  return rows.inodes.indexOf(inode);
}

/**
 * The lanes of a row with their heights above the row's beginning.
 * @param {number} row
 * @param {(lane: number, y: number) => void} each
 */
function eachLane(row, each) {
  const inode = rows.inodes[row], { laneAt } = model;
  let y = HEAD;
  for (let lane = laneAt[inode]; lane < laneAt[inode + 1]; lane++) {
    if (rows.lanes && !rows.lanes(lane)) continue;
    each(lane, y);
    y += LANE;
  }
}
