// The axis with the ranks below it, and the strip that shows the whole capture.

/** Height of a rank's strip. */
const RANK = 16, AXIS = 24;

/** Ranks of which something was told, as numbers of servers. */
const toldRanks = once(() => {
  const ranks = doc.servers.map((_, server) => server).filter((server) => notesOf(-1, server).length > 0);
  return ranks.slice(0, 6);
});

/** @param {HTMLCanvasElement} canvas @param {number} width */
function drawAxis(canvas, width) {
  const height = axisHeight(), ctx = fresh(canvas, width, height);
  ctx.textBaseline = 'middle';
  const left = gutter, room = width - gutter, { times, decimals } = ticks(room, 92);
  ctx.font = sans(11);
  ctx.fillStyle = color.ink3;
  if (doc.facts.timed) ctx.fillText(gutter > 150 ? 'seconds from the first packet' : 'seconds', 12, AXIS / 2);
  for (const time of times) {
    const x = Math.round(toX(time, left, room));
    if (x < left) continue;
    ctx.fillStyle = color.line;
    ctx.fillRect(x, AXIS - 6, 1, 6);
    ctx.fillStyle = color.ink2;
    ctx.fillText(seconds(time, decimals), x + 4, AXIS / 2);
  }
  ctx.fillStyle = color.line;
  ctx.fillRect(0, AXIS - 1, width, 1);
  shadeBetween(ctx, left, room, AXIS, height - AXIS);
  toldRanks().forEach((server, index) => drawRank(ctx, server, AXIS + index * RANK, left, room));
}

/** How high the axis and the ranks below it are. */
function axisHeight() {
  return AXIS + toldRanks().length * RANK + (toldRanks().length ? 4 : 0);
}

/** A rank's states as bars. @param {CanvasRenderingContext2D} ctx @param {number} server @param {number} y @param {number} left @param {number} width */
function drawRank(ctx, server, y, left, width) {
  const { name, said } = doc.servers[server], middle = y + RANK / 2 + 1;
  ctx.font = sans(11, '600');
  ctx.fillStyle = color.ink2;
  ctx.fillText(name, 12, middle);
  const used = 12 + ctx.measureText(name).width + 6;
  ctx.font = sans(10.5);
  ctx.fillStyle = color.ink3;
  ctx.fillText(clipped(ctx, said, left - used - 8), used, middle);
  const list = notesOf(-1, server);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, y, width, RANK);
  ctx.clip();
  list.forEach((note, index) => {
    const next = list[index + 1];
    const x0 = Math.max(toX(doc.notes.time[note], left, width), left - 4);
    const x1 = next === undefined ? toX(doc.end, left, width) : toX(doc.notes.time[next], left, width);
    if (x1 < left || x0 > left + width) return;
    const text = doc.strings[doc.notes.text[note]], gone = doc.notes.grave[note] === 1;
    const wide = Math.max(Math.min(x1, left + width) - x0, 1.5);
    ctx.fillStyle = gone ? hatched(ctx, color.bad, color.gap, 4) : text === 'up:active' ? color.raise : color.select;
    ctx.fillRect(x0, y + 3, Math.max(wide - 1, 1), RANK - 4);
    ctx.font = sans(10);
    const label = ctx.measureText(text).width;
    if (wide < label + 10) return;
    if (gone) {
      ctx.fillStyle = color.panel;
      ctx.fillRect(x0 + 2, y + 4, label + 6, RANK - 6);
    }
    ctx.fillStyle = gone ? color.bad : color.ink2;
    ctx.fillText(text, x0 + 5, middle);
  });
  ctx.restore();
}

/** Messages by time, in so many parts of the capture: those of clients, those of ranks, moves. */
const density = once(() => {
  const parts = 2048, from = whole().from, length = whole().until - from;
  const client = new Uint32Array(parts), server = new Uint32Array(parts), moves = new Uint32Array(parts);
  for (let e = 0; e < model.n; e++) {
    const part = Math.min(Math.max(Math.floor((model.time[e] - from) / length * parts), 0), parts - 1);
    if (model.kind[e] === EXPORT || model.kind[e] === IMPORT) moves[part]++;
    else if (doc.events.way[e]) server[part]++;
    else client[part]++;
  }
  return { parts, client, server, moves };
});

/** What of the strip does not change, and what it was drawn for. */
const still = { canvas: document.createElement('canvas'), key: '' };

/** @param {number} width @param {number} height */
function drawStill(width, height) {
  const key = `${width} ${height} ${devicePixelRatio} ${color.bg}`;
  if (still.key === key) return;
  still.key = key;
  const ctx = fresh(still.canvas, width, height);
  const all = whole(), length = all.until - all.from;
  const x = (/** @type {number} */ time) => (time - all.from) / length * width;
  const base = height - 5, room = base - 12;
  ctx.fillStyle = color.panel;
  ctx.fillRect(x(0), 0, x(doc.end) - x(0), height);
  for (const gap of doc.gaps) {
    ctx.fillStyle = hatched(ctx, color['gap-line'], color.gap, 6);
    ctx.fillRect(x(gap.from), 0, Math.max(x(gap.until) - x(gap.from), 2), height);
  }
  for (const [from, until] of doc.between) {
    ctx.fillStyle = hatched(ctx, color.void, color.raise, 6);
    ctx.fillRect(x(from), 0, x(until) - x(from), height);
  }
  for (const server of toldRanks()) {
    const list = notesOf(-1, server);
    list.forEach((note, index) => {
      if (!doc.notes.grave[note]) return;
      const end = list[index + 1] === undefined ? doc.end : doc.notes.time[list[index + 1]];
      ctx.fillStyle = hatched(ctx, color.bad, '', 4);
      ctx.fillRect(x(doc.notes.time[note]), base, Math.max(x(end) - x(doc.notes.time[note]), 2), 5);
    });
  }
  const { parts, client, server, moves } = density();
  const columns = Math.max(Math.floor(width / 2), 1), step = parts / columns;
  /** @type {number[][]} */
  const sums = [];
  let most = 1;
  for (let c = 0; c < columns; c++) {
    const sum = [0, 0, 0];
    for (let p = Math.floor(c * step); p < Math.max(Math.floor((c + 1) * step), Math.floor(c * step) + 1) && p < parts; p++) {
      sum[0] += server[p];
      sum[1] += client[p];
      sum[2] += moves[p];
    }
    sums.push(sum);
    most = Math.max(most, sum[0] + sum[1] + sum[2]);
  }
  // A root shows the few beside the many.
  sums.forEach((sum, c) => {
    const total = sum[0] + sum[1] + sum[2];
    if (!total) return;
    const high = Math.max(Math.sqrt(total / most) * room, 2);
    let y = base;
    [color.void, color.ink3, color.move].forEach((ink, part) => {
      const h = high * sum[part] / total;
      ctx.fillStyle = ink;
      ctx.fillRect(c * 2, y - h, 1.5, h);
      y -= h;
    });
  });
  ctx.fillStyle = color.line;
  ctx.fillRect(0, base, width, 1);
  // The worst is drawn last, so that it is seen.
  for (const severity of /** @type {const} */ (['info', 'warning', 'error'])) {
    let last = -9;
    for (const finding of doc.findings) {
      const at = x(finding.time);
      if (finding.severity !== severity || Math.abs(at - last) < 2) continue;
      last = at;
      severityMark(ctx, at, 6, RANKING[severity]);
    }
  }
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
function drawMinimap(canvas, width, height) {
  const ctx = fresh(canvas, width, height);
  if (width <= 0 || height <= 0) return;
  drawStill(width, height);
  ctx.drawImage(still.canvas, 0, 0, width, height);
  const all = whole(), length = all.until - all.from;
  const x = (/** @type {number} */ time) => (time - all.from) / length * width;
  const from = Math.max(x(view.from), 0), until = Math.min(x(view.until), width);
  ctx.globalAlpha = 0.62;
  ctx.fillStyle = color.bg;
  ctx.fillRect(0, 0, from, height);
  ctx.fillRect(until, 0, width - until, height);
  ctx.globalAlpha = 1;
  const brush = get('brush', HTMLElement);
  brush.hidden = !doc.facts.timed;
  brush.style.left = `${from}px`;
  brush.style.width = `${Math.max(until - from, 6)}px`;
  const percent = (view.from + view.until) / 2 / Math.max(doc.end, 1) * 100;
  set(brush, {
    'aria-valuenow': Math.round(Math.min(Math.max(percent, 0), 100)),
    'aria-valuetext': `${seconds(Math.max(view.from, 0), 3)} to ${seconds(Math.min(view.until, doc.end), 3)} seconds`,
  });
}
