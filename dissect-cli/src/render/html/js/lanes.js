// The lanes: bars, marks, arrows and gaps of what is seen.

/** Width of the names left of the lanes. */
let gutter = 200;
/** Pixels of messages that share a place, and how many. */
const MARK_ROOM = 9;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {number} scroll
 */
function drawLanes(canvas, width, height, scroll) {
  const ctx = fresh(canvas, width, height);
  ctx.textBaseline = 'middle';
  const left = gutter, room = width - gutter;
  grid(ctx, left, room, height);
  if (rows.inodes.length === 0) return;
  const first = rowAt(scroll);
  /** @type {(() => void)[]} */
  const later = [];
  for (let row = first; row < rows.inodes.length && rows.top[row] < scroll + height; row++) {
    const top = rows.top[row] - scroll;
    const tops = new Map();
    eachLane(row, (lane, y) => {
      tops.set(lane, top + y);
      if (top + y + LANE < 0 || top + y > height) return;
      drawLane(ctx, lane, top + y, left, room, width);
    });
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, 0, room, height);
    ctx.clip();
    drawMoves(ctx, rows.inodes[row], tops, left, room, height);
    ctx.restore();
    // The head of the inode whose lanes are seen stays.
    const stuck = row === first ? Math.min(Math.max(top, 0), top + (rows.top[row + 1] - rows.top[row]) - AFTER - HEAD) : top;
    later.push(() => drawHead(ctx, rows.inodes[row], Math.max(stuck, top), width));
  }
  for (const draw of later) draw();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} left @param {number} width @param {number} height */
function grid(ctx, left, width, height) {
  ctx.fillStyle = color.line2;
  for (const time of ticks(width, 92).times) {
    const x = Math.round(toX(time, left, width));
    if (x >= left) ctx.fillRect(x, 0, 1, height);
  }
  // Before and behind the capture.
  ctx.fillStyle = color.raise;
  const start = toX(0, left, width), end = toX(doc.end, left, width);
  if (start > left) ctx.fillRect(left, 0, start - left, height);
  if (end < left + width) ctx.fillRect(Math.max(end, left), 0, left + width - end, height);
  shadeBetween(ctx, left, width, 0, height);
}

/** What is in none of the files. @param {CanvasRenderingContext2D} ctx @param {number} left @param {number} width @param {number} y @param {number} height */
function shadeBetween(ctx, left, width, y, height) {
  for (const [from, until] of doc.between) {
    if (until < view.from || from > view.until) continue;
    const x0 = Math.max(toX(from, left, width), left), x1 = Math.min(toX(until, left, width), left + width);
    ctx.fillStyle = hatched(ctx, color.void, color.raise, 6);
    ctx.fillRect(x0, y, x1 - x0, height);
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {number} inode @param {number} y @param {number} width */
function drawHead(ctx, inode, y, width) {
  ctx.fillStyle = inode === app.inode ? color.select : color.panel;
  ctx.fillRect(0, y, width, HEAD);
  ctx.fillStyle = color.line;
  ctx.fillRect(0, y, width, 1);
  ctx.fillRect(0, y + HEAD - 1, width, 1);
  const middle = y + HEAD / 2 + 0.5;
  let x = 12;
  const bad = worst(inode);
  if (bad) {
    severityMark(ctx, x + 4, middle, bad >> 1);
    x += 16;
  }
  const narrow = width < 560;
  const findings = inodeFindings.get(inode)?.length ?? 0;
  const parts = inodeCounts(inode);
  if (findings) parts.push(count(findings, 'finding'));
  const tail = narrow ? '' : parts.join(' · ');
  ctx.font = sans(11);
  const tailRoom = tail ? ctx.measureText(tail).width + 24 : 12;
  const ino = doc.inodes.path[inode] === null ? '' : doc.inodes.ino[inode];
  ctx.font = mono(11);
  const inoRoom = ino ? ctx.measureText(ino).width + 12 : 0;
  ctx.font = sans(12.5, '600');
  const name = clipped(ctx, inodeName(inode), width - x - tailRoom - inoRoom, true);
  ctx.fillStyle = color.ink;
  ctx.fillText(name, x, middle);
  x += ctx.measureText(name).width + 10;
  ctx.font = mono(11);
  ctx.fillStyle = color.ink3;
  if (x + inoRoom < width - tailRoom + 12) ctx.fillText(ino, x, middle);
  ctx.font = sans(11);
  ctx.textAlign = 'right';
  ctx.fillText(tail, width - 12, middle);
  ctx.textAlign = 'left';
}

/**
 * A text as long as there is room; a path loses its beginning, not its end.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} room
 * @param {boolean} [path]
 */
function clipped(ctx, text, room, path = false) {
  if (ctx.measureText(text).width <= room) return text;
  let short = 0, long = text.length;
  const cut = (/** @type {number} */ n) => (path ? `…${text.slice(text.length - n)}` : `${text.slice(0, n)}…`);
  while (short < long) {
    const middle = (short + long + 1) >>> 1;
    if (ctx.measureText(cut(middle)).width <= room) short = middle;
    else long = middle - 1;
  }
  return short > 0 ? cut(short) : '';
}

/** Triangle, diamond or dot: how bad. @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} rank */
function severityMark(ctx, x, y, rank) {
  ctx.fillStyle = [color.info, color.info, color.warn, color.bad][rank];
  ctx.beginPath();
  if (rank === 3) polygon(ctx, [x - 4, y - 4, x + 4, y - 4, x + 4, y + 4, x - 4, y + 4]);
  else if (rank === 2) polygon(ctx, [x, y - 5, x + 5, y + 4, x - 5, y + 4]);
  else ctx.arc(x, y, 3.5, 0, 7);
  ctx.fill();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} lane
 * @param {number} y
 * @param {number} left
 * @param {number} width
 * @param {number} all
 */
function drawLane(ctx, lane, y, left, width, all) {
  ctx.fillStyle = color.line2;
  ctx.fillRect(0, y + LANE - 1, all, 1);
  const { client, server } = laneParties(lane);
  const middle = y + LANE / 2;
  if (gutter > 150) {
    ctx.font = sans(11.5);
    ctx.fillStyle = color.ink;
    const name = clipped(ctx, client.name, gutter - 78);
    ctx.fillText(name, 12, middle);
    const host = client.said.split(',')[0];
    const used = 12 + ctx.measureText(name).width + 6;
    ctx.fillStyle = color.ink3;
    ctx.font = sans(10.5);
    if (gutter - 66 - used > 24) ctx.fillText(clipped(ctx, host, gutter - 66 - used), used, middle);
    ctx.textAlign = 'right';
    ctx.font = sans(11.5, '600');
    ctx.fillStyle = color.ink2;
    ctx.fillText(clipped(ctx, server.name, 60), gutter - 12, middle);
    ctx.textAlign = 'left';
  } else {
    ctx.font = sans(10.5);
    ctx.fillStyle = color.ink;
    ctx.fillText(clipped(ctx, client.name, gutter - 12), 8, middle - 6);
    ctx.fillStyle = color.ink2;
    ctx.fillText(clipped(ctx, server.name, gutter - 12), 8, middle + 7);
  }
  ctx.fillStyle = color.line;
  ctx.fillRect(left - 1, y, 1, LANE);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, y, width, LANE);
  ctx.clip();
  let labelled = -Infinity;
  for (const index of laneGaps(lane)) labelled = Math.max(labelled, drawGap(ctx, index, y, left, width, labelled));
  drawBars(ctx, lane, y, left, width);
  drawNotes(ctx, lane, y, left, width);
  drawAsks(ctx, lane, y + 1.5, left, width);
  drawMarks(ctx, lane, y + MARK, left, width);
  ctx.restore();
}

/**
 * Where its label ends, if it has room for one and none is there already.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} index
 * @param {number} y
 * @param {number} left
 * @param {number} width
 * @param {number} labelled
 */
function drawGap(ctx, index, y, left, width, labelled) {
  const { from, until } = doc.gaps[index];
  if (until < view.from || from > view.until) return labelled;
  const x0 = Math.max(toX(from, left, width), left - 2), x1 = Math.min(toX(until, left, width), left + width + 2);
  const wide = Math.max(x1 - x0, 3);
  ctx.fillStyle = hatched(ctx, color['gap-line'], color.gap, 6);
  ctx.fillRect(x0, y, wide, LANE - 1);
  if (wide < 70 || x0 + 6 < labelled) return labelled;
  ctx.font = sans(10);
  const text = 'not read', room = ctx.measureText(text).width;
  ctx.fillStyle = color.panel;
  ctx.fillRect(x0 + 4, y + 1, room + 8, 12);
  ctx.fillStyle = color.ink2;
  ctx.fillText(text, x0 + 8, y + 7);
  return x0 + room + 16;
}

/** What happened to the session, as lines through the lane. @param {CanvasRenderingContext2D} ctx @param {number} lane @param {number} y @param {number} left @param {number} width */
function drawNotes(ctx, lane, y, left, width) {
  for (const index of notesOf(doc.lanes.client[lane], doc.lanes.server[lane])) {
    const time = doc.notes.time[index];
    if (time < view.from || time > view.until) continue;
    const x = Math.round(toX(time, left, width)) + 0.5;
    sessionMark(ctx, x, y, LANE, doc.notes.grave[index] === 1);
  }
}

/** Something ends or goes wrong, or begins. @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} height @param {boolean} grave */
function sessionMark(ctx, x, y, height, grave) {
  ctx.strokeStyle = grave ? color.warn : color.ink3;
  ctx.lineWidth = 1;
  ctx.setLineDash(grave ? [] : [2, 2]);
  ctx.beginPath();
  ctx.moveTo(x, y + 1);
  ctx.lineTo(x, y + height - 2);
  ctx.stroke();
  ctx.setLineDash([]);
  if (!grave) return;
  ctx.fillStyle = color.warn;
  ctx.beginPath();
  polygon(ctx, [x - 3.5, y + height - 1, x + 3.5, y + height - 1, x, y + height - 6]);
  ctx.fill();
}

/** Requests of each lane: the message, and when it was answered; `Infinity` if no answer was seen. */
const asks = once(() => {
  /** @type {[number, number][][]} */
  const byLane = Array.from({ length: model.laneCount }, () => []);
  for (let e = 0; e < model.n; e++) {
    if (model.kind[e] !== REQUEST) continue;
    const outcome = sparse(doc.events.outcome, e);
    if (outcome && outcome[0] !== 2) byLane[model.lane[e]].push([e, outcome[0] === 1 ? model.time[e] + outcome[2] : Infinity]);
  }
  return byLane;
});

/** Lines from requests to their replies. @param {CanvasRenderingContext2D} ctx @param {number} lane @param {number} y @param {number} left @param {number} width */
function drawAsks(ctx, lane, y, left, width) {
  for (const [event, until] of asks()[lane]) {
    const from = model.time[event];
    if (from > view.until || until < view.from) continue;
    const x0 = Math.max(toX(from, left, width), left - 4), x1 = Math.min(toX(Math.min(until, doc.end), left, width), left + width + 4);
    if (x1 - x0 >= 6) ask(ctx, x0, x1, y, until < Infinity);
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x0 @param {number} x1 @param {number} y @param {boolean} answered */
function ask(ctx, x0, x1, y, answered) {
  ctx.strokeStyle = color.ink3;
  ctx.lineWidth = 1;
  ctx.setLineDash(answered ? [] : [3, 3]);
  ctx.beginPath();
  ctx.moveTo(x0, y);
  ctx.lineTo(x1, y);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** How long an arrow is of which one lane is not shown. */
const STUB = 20;

/** How much a mark tells where there is room for one only, by kind. */
const TELLING = [2, 5, 1, 3, 1, 0, 1, 7, 6, 8, 0.5, 0, 0];

/** @param {CanvasRenderingContext2D} ctx @param {number} lane @param {number} y @param {number} left @param {number} width */
function drawMarks(ctx, lane, y, left, width) {
  const { ofLane, laneTimes, laneEvents, kind } = model, end = ofLane[lane + 1];
  let at = search(laneTimes, view.from, ofLane[lane], end);
  const open = ofLane[lane] < at ? toX(laneTimes[at - 1], left, width) : -Infinity;
  let before = open;
  while (at < end && laneTimes[at] <= view.until) {
    const x = toX(laneTimes[at], left, width);
    // All that are too near to be told apart.
    let last = at, best = laneEvents[at], final = x;
    while (last + 1 < end) {
      const next = toX(laneTimes[last + 1], left, width);
      if (next - x >= 1 || laneTimes[last + 1] > view.until) break;
      last++;
      final = next;
      if (TELLING[kind[laneEvents[last]]] > TELLING[kind[best]]) best = laneEvents[last];
    }
    const n = last - at + 1;
    const next = last + 1 < end ? toX(laneTimes[last + 1], left, width) : Infinity;
    const roomy = x - before >= MARK_ROOM / 2 + 1 && next - final >= MARK_ROOM / 2 + 1;
    if (roomy) {
      glyph(ctx, kind[best], x, y, 4);
      if (n > 1) {
        ctx.fillStyle = kindInk(kind[best]);
        ctx.fillRect(x - 4, y + 5, 8, 1);
      }
    } else {
      const height = Math.min(4 + 2.2 * Math.log2(n), 11);
      ctx.fillStyle = kindInk(kind[best]);
      ctx.fillRect(Math.round(x) - 0.5, y + 5 - height, 1.5, height);
      if (TELLING[kind[best]] >= 5) ctx.fillRect(Math.round(x) - 1.5, y + 5 - height, 3.5, 2.5);
    }
    before = final;
    at = last + 1;
  }
}

/**
 * Moves of caps as arrows from lane to lane.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} inode
 * @param {Map<number, number>} tops
 * @param {number} left
 * @param {number} width
 * @param {number} height
 */
function drawMoves(ctx, inode, tops, left, width, height) {
  const { moveAt, laneAt } = model, moves = doc.migrations;
  const drawn = new Set();
  for (let m = moveAt[inode]; m < moveAt[inode + 1]; m++) {
    const ends = moveEnds(m, laneAt[inode]);
    if (!ends || Math.max(ends.fromTime, ends.toTime) < view.from || Math.min(ends.fromTime, ends.toTime) > view.until) continue;
    const y0 = tops.get(ends.from), y1 = tops.get(ends.to);
    if (y0 === undefined && y1 === undefined) continue;
    const seen = y0 === undefined ? ends.toTime : ends.fromTime, hidden = y0 === undefined || y1 === undefined;
    const x0 = toX(hidden ? seen : ends.fromTime, left, width), x1 = toX(hidden ? seen : ends.toTime, left, width);
    const state = moves.state[m];
    const key = `${Math.round(x0)} ${Math.round(x1)} ${ends.from} ${ends.to} ${state}`;
    if (drawn.has(key)) continue;
    drawn.add(key);
    // Where a search hides the other lane, the arrow is cut short.
    const short = Math.sign(ends.to - ends.from) * STUB;
    const from = (y0 ?? (y1 ?? 0) - short) + MARK, to = (y1 ?? (y0 ?? 0) + short) + MARK;
    if (Math.max(from, to) < 0 || Math.min(from, to) > height) continue;
    arrow(ctx, x0, from, x1, to, state);
  }
}

/** From where to where a move goes, as lanes and times. @param {number} m @param {number} base */
function moveEnds(m, base) {
  const { export: exports, import: imports, to } = doc.migrations;
  const exported = exports[m], imported = imports[m];
  if (exported && imported) return { from: base + exported[1], to: base + imported[1], fromTime: exported[0], toTime: imported[0] };
  const half = exported ?? imported;
  if (!half) return null;
  const other = to[m] < 0 ? base + half[1] : base + to[m];
  return exported
    ? { from: base + half[1], to: other, fromTime: half[0], toTime: half[0] }
    : { from: other, to: base + half[1], fromTime: half[0], toTime: half[0] };
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @param {number} state
 */
function arrow(ctx, x0, y0, x1, y1, state) {
  const missing = state === NO_IMPORT || state === NO_EXPORT;
  ctx.strokeStyle = ctx.fillStyle = missing ? color.bad : color.move;
  ctx.lineWidth = missing ? 1.6 : 1.25;
  const down = Math.sign(y1 - y0) || 1;
  const start = y0 + down * 5, end = y1 - down * 6;
  if (y0 === y1) return;
  ctx.setLineDash(missing || state === NOT_DUE ? [4, 3] : []);
  ctx.beginPath();
  ctx.moveTo(x0, start);
  const bend = (end - start) * 0.5;
  ctx.bezierCurveTo(x0, start + bend, x1, end - bend, x1, end);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.beginPath();
  if (state === NO_IMPORT) {
    // It never arrived.
    ctx.moveTo(x1 - 4, y1 - 4);
    ctx.lineTo(x1 + 4, y1 + 4);
    ctx.moveTo(x1 + 4, y1 - 4);
    ctx.lineTo(x1 - 4, y1 + 4);
    ctx.lineWidth = 2;
    ctx.stroke();
    return;
  }
  polygon(ctx, [x1 - 3.5, end - down * 4, x1 + 3.5, end - down * 4, x1, end + down * 2.5]);
  ctx.fill();
}
