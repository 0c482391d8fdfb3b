// The marks of messages, by shape first and colour second.

/** The colour of a kind of message. @param {number} kind */
function kindInk(kind) {
  switch (kind) {
    case GRANT: return color.give;
    case REVOKE: return color.take;
    case EXPORT: case IMPORT: case REASSERT: return color.move;
    case ACK: case TRUNC: case REQUEST: case REPLY: case OTHER: return color.ink3;
    default: return color.ink2;
  }
}

/**
 * Draws a mark of a message around a point.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} kind
 * @param {number} x
 * @param {number} y
 * @param {number} r
 */
function glyph(ctx, kind, x, y, r) {
  const ink = kindInk(kind);
  ctx.fillStyle = ctx.strokeStyle = ink;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  switch (kind) {
    case GRANT:
      ctx.arc(x, y, r * 0.85, 0, 7);
      ctx.fill();
      break;
    case REVOKE:
      ctx.arc(x, y, r * 0.85, 0, 7);
      ctx.stroke();
      ctx.beginPath();
      ctx.arc(x, y, r * 0.85, Math.PI / 2, Math.PI * 1.5);
      ctx.fill();
      break;
    case UPDATE: case FLUSH:
      polygon(ctx, [x - r, y, x + r * 0.7, y - r * 0.9, x + r * 0.7, y + r * 0.9]);
      ctx.fill();
      if (kind === FLUSH) ctx.fillRect(x + r * 0.7 + 0.5, y - r * 0.9, 1.5, r * 1.8);
      break;
    case RELEASE:
      polygon(ctx, [x - r * 0.8, y, x + r * 0.6, y - r * 0.8, x + r * 0.6, y + r * 0.8]);
      ctx.stroke();
      break;
    case ACK:
      ctx.moveTo(x - r * 0.8, y);
      ctx.lineTo(x - r * 0.2, y + r * 0.7);
      ctx.lineTo(x + r * 0.9, y - r * 0.7);
      ctx.stroke();
      break;
    case REQUEST: case REPLY: {
      const way = kind === REQUEST ? 1 : -1;
      ctx.moveTo(x - way * r * 0.4, y - r * 0.8);
      ctx.lineTo(x + way * r * 0.5, y);
      ctx.lineTo(x - way * r * 0.4, y + r * 0.8);
      ctx.stroke();
      break;
    }
    case TRUNC: case OTHER:
      polygon(ctx, [x - r * 0.9, y, x, y - r * 0.9, x + r * 0.9, y, x, y + r * 0.9]);
      if (kind === TRUNC) ctx.stroke();
      else ctx.fill();
      break;
    case EXPORT:
      ctx.arc(x, y, r * 0.8, 0, 7);
      ctx.lineWidth = 1.8;
      ctx.stroke();
      break;
    case IMPORT:
      ctx.roundRect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7, 1);
      ctx.fill();
      break;
    case REASSERT:
      ctx.arc(x, y, r * 0.9, 0, 7);
      ctx.stroke();
      ctx.beginPath();
      ctx.arc(x, y, r * 0.4, 0, 7);
      ctx.fill();
      break;
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number[]} points
 */
function polygon(ctx, points) {
  ctx.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length; i += 2) ctx.lineTo(points[i], points[i + 1]);
  ctx.closePath();
}

/** A small picture of something that lanes are drawn with. @param {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} draw @param {number} width */
function swatch(draw, width = 16) {
  const canvas = document.createElement('canvas');
  canvas.className = 'swatch';
  canvas.setAttribute('aria-hidden', 'true');
  repaints.push(() => draw(fresh(canvas, width, 16), width, 16));
  return canvas;
}

/** What has to be drawn again when the colours change. @type {(() => void)[]} */
const repaints = [];
