// What a lane holds, as bars in the colours of the lock groups.

/** Room between chips. */
const CHIP_GAP = 2;
/** @type {Map<number, { chips: { text: string, group: number, width: number }[], width: number }>} */
const chipSets = new Map();

/**
 * The chips of some bits and how wide they are together.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} caps
 */
function chipsOf(ctx, caps) {
  const known = chipSets.get(caps);
  if (known) return known;
  ctx.font = mono(10, '600');
  const chips = [];
  let width = 0;
  if (caps & 1) chips.push({ text: 'p', group: -1 });
  GROUPS.forEach((group, index) => {
    const text = groupText(caps, group);
    if (text !== '') chips.push({ text, group: index });
  });
  const sized = chips.map(({ text, group }) => {
    const room = Math.ceil(ctx.measureText(text).width) + 6;
    width += room + CHIP_GAP;
    return { text, group, width: room };
  });
  const made = { chips: sized, width };
  chipSets.set(caps, made);
  return made;
}

/**
 * Draws a lane's holdings between two pixels.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} lane
 * @param {number} y The lane's top.
 * @param {number} left
 * @param {number} width
 */
function drawBars(ctx, lane, y, left, width) {
  const { spanAt, spanTime } = model, { kind, caps } = doc.spans;
  const first = spanAt[lane], end = spanAt[lane + 1];
  const right = left + width, top = y + BAR;
  let span = Math.max(search(spanTime, view.from, first, end) - 1, first);
  // Bars that share a pixel are drawn as one, with the bits of all.
  let pixel = -1, pixelCaps = 0, pixelHeld = false;
  const flush = () => {
    if (pixelHeld) stripes(ctx, pixel, top, 1, pixelCaps, false);
    pixel = -1;
    pixelCaps = 0;
    pixelHeld = false;
  };
  for (; span < end && spanTime[span] <= view.until; span++) {
    const from = toX(spanTime[span], left, width);
    const until = span + 1 < end ? toX(spanTime[span + 1], left, width) : toX(doc.end, left, width);
    const x0 = Math.max(from, left), x1 = Math.min(until, right);
    if (x1 - x0 < 1) {
      const at = Math.floor(x0);
      if (at !== pixel) flush();
      pixel = at;
      if (kind[span] >= PLACEHOLDER) {
        pixelCaps |= caps[span];
        pixelHeld = true;
      }
      continue;
    }
    flush();
    switch (kind[span]) {
      case UNKNOWN: unknown(ctx, x0, top, x1 - x0); break;
      case NOTHING: break;
      default: held(ctx, x0, x1, top, caps[span], kind[span] === PLACEHOLDER);
    }
  }
  flush();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} top @param {number} width */
function unknown(ctx, x, top, width) {
  ctx.strokeStyle = color.void;
  ctx.lineWidth = 1;
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  ctx.moveTo(x, top + BAR_HEIGHT / 2 + 0.5);
  ctx.lineTo(x + width, top + BAR_HEIGHT / 2 + 0.5);
  ctx.stroke();
  ctx.setLineDash([]);
  if (width > 60) {
    ctx.font = sans(10);
    ctx.fillStyle = color.panel;
    const text = 'not known', room = ctx.measureText(text).width;
    ctx.fillRect(x + 8, top, room + 8, BAR_HEIGHT);
    ctx.fillStyle = color.ink3;
    ctx.fillText(text, x + 12, top + BAR_HEIGHT / 2 + 0.5);
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x0
 * @param {number} x1
 * @param {number} top
 * @param {number} caps
 * @param {boolean} placeholder
 */
function held(ctx, x0, x1, top, caps, placeholder) {
  const width = Math.max(x1 - x0 - (x1 - x0 > 4 ? 1 : 0), 1);
  stripes(ctx, x0, top, width, caps, placeholder);
  const { chips, width: room } = chipsOf(ctx, caps);
  if (width < room + 16) return;
  ctx.font = mono(10, '600');
  let x = x0 + 3;
  for (const chip of chips) {
    const ink = groupInk[chip.group];
    ctx.fillStyle = ink ? ink.pale : color.panel;
    ctx.beginPath();
    ctx.roundRect(x, top + 1, chip.width, BAR_HEIGHT - 2, 2);
    ctx.fill();
    ctx.fillStyle = ink ? ink.ink : color.ink2;
    ctx.fillText(chip.text, x + 3, top + BAR_HEIGHT / 2 + 0.5);
    x += chip.width + CHIP_GAP;
  }
  if (placeholder && width > room + 92) {
    ctx.font = sans(10, '600');
    const text = 'placeholder', wide = ctx.measureText(text).width;
    ctx.fillStyle = color.panel;
    ctx.beginPath();
    ctx.roundRect(x, top + 1, wide + 8, BAR_HEIGHT - 2, 2);
    ctx.fill();
    ctx.fillStyle = color.ink2;
    ctx.fillText(text, x + 4, top + BAR_HEIGHT / 2 + 0.5);
  }
}

/** Where each group's stripe lies in the bar: A, L, X, and F with its two halves. */
const STRIPES = [[1, 3], [4, 3], [7, 3], [10, 4]];

/**
 * The bits as stripes, one for each group: pale where they are shared, strong where they exclude others or
 * write.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {number} top
 * @param {number} width
 * @param {number} caps
 * @param {boolean} placeholder
 */
function stripes(ctx, x, top, width, caps, placeholder) {
  ctx.fillStyle = color.pin;
  if (width > 4) {
    ctx.beginPath();
    ctx.roundRect(x, top, width, BAR_HEIGHT, 2.5);
    ctx.fill();
  } else {
    ctx.fillRect(x, top, width, BAR_HEIGHT);
  }
  GROUPS.forEach(([, shift, bits], group) => {
    const set = caps >>> shift & (1 << bits) - 1;
    if (!set) return;
    const [from, height] = STRIPES[group], ink = groupInk[group];
    // Shared, cached and read are pale; x, w, b, a and l are strong.
    const strong = group === 3 ? set & 0b11110010 : set & 0b10;
    ctx.fillStyle = strong ? ink.hard : ink.soft;
    ctx.fillRect(x, top + from, width, height);
  });
  if (placeholder) {
    ctx.fillStyle = hatched(ctx, color.hatch, '', 5);
    ctx.fillRect(x, top, width, BAR_HEIGHT);
    ctx.strokeStyle = color.ink3;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 2]);
    ctx.strokeRect(x + 0.5, top + 0.5, Math.max(width - 1, 0.5), BAR_HEIGHT - 1);
    ctx.setLineDash([]);
  }
}
