// What is under a point of the lanes.

/** How far from a mark the pointer may be. */
const NEAR = 7;

/**
 * @param {number} x
 * @param {number} y Below the top of what is seen.
 * @param {number} scroll
 * @param {number} width
 * @returns {Hit | null}
 */
function hitAt(x, y, scroll, width) {
  if (rows.inodes.length === 0 || y + scroll >= rows.height) return null;
  const row = rowAt(y + scroll), inside = y + scroll - rows.top[row];
  const time = toTime(x, gutter, width - gutter);
  /** @type {Hit} */
  const hit = { inode: rows.inodes[row], lane: -1, event: -1, span: -1, note: -1, gap: -1, between: -1, migration: -1, time };
  let top = 0;
  eachLane(row, (lane, laneTop) => {
    if (inside >= laneTop && inside < laneTop + LANE) {
      hit.lane = lane;
      top = laneTop;
    }
  });
  if (hit.lane < 0 || x < gutter) return hit;
  hit.between = doc.between.findIndex(([from, until]) => from < time && time < until);
  const reach = NEAR / (width - gutter) * (view.until - view.from);
  hit.event = nearest(hit.lane, time, reach);
  const { spanAt, spanTime } = model;
  if (time >= 0 && time <= doc.end) hit.span = Math.max(search(spanTime, time, spanAt[hit.lane], spanAt[hit.lane + 1]) - 1, spanAt[hit.lane]);
  hit.gap = laneGaps(hit.lane).find((gap) => doc.gaps[gap].from <= time && doc.gaps[gap].until >= time) ?? -1;
  let best = reach;
  for (const note of notesOf(doc.lanes.client[hit.lane], doc.lanes.server[hit.lane])) {
    const off = Math.abs(doc.notes.time[note] - time);
    if (off < best) {
      best = off;
      hit.note = note;
    }
  }
  // The upper part of a lane has the marks, the lower one the bar.
  const low = inside - top > BAR + 2;
  if (hit.note >= 0 && hit.event >= 0 && Math.abs(model.time[hit.event] - time) < best && !low) hit.note = -1;
  return hit;
}

/** The message of a lane that is nearest to a time, -1 if none is near. @param {number} lane @param {number} time @param {number} reach */
function nearest(lane, time, reach) {
  const { ofLane, laneTimes, laneEvents, kind } = model;
  let at = search(laneTimes, time - reach, ofLane[lane], ofLane[lane + 1]);
  let best = -1, least = Infinity;
  for (; at < ofLane[lane + 1] && laneTimes[at] <= time + reach; at++) {
    // Of two at the same place the more telling one.
    const off = Math.abs(laneTimes[at] - time) - reach * 0.02 * TELLING[kind[laneEvents[at]]];
    if (off < least) {
      least = off;
      best = laneEvents[at];
    }
  }
  return best;
}
