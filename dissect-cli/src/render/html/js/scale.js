// Time to pixels and back, and where the axis has its marks.

/** The shown time, in nanoseconds since the origin. */
const view = { from: 0, until: 1 };

/** The shortest time that can be shown, a microsecond. */
const SHORTEST = 1e3;

/** The whole capture with a little air around it. */
function whole() {
  const end = Math.max(doc.end, 1e6);
  return { from: -end * 0.01, until: end * 1.01 };
}

/** A time inside the capture, or right before or behind it. @param {number} time */
function within(time) {
  const all = whole();
  return Math.min(Math.max(time, all.from), all.until);
}

/**
 * By how much the shown time can grow or shrink, of what is asked for. Beyond the limits it would move instead.
 * @param {number} factor
 * @param {number} length
 */
function zoomable(factor, length) {
  const all = whole();
  return Math.min(Math.max(factor, SHORTEST / length), (all.until - all.from) / length);
}

/**
 * @param {number} time
 * @param {number} left
 * @param {number} width
 */
function toX(time, left, width) {
  return left + (time - view.from) / (view.until - view.from) * width;
}

/**
 * @param {number} x
 * @param {number} left
 * @param {number} width
 */
function toTime(x, left, width) {
  return view.from + (x - left) / width * (view.until - view.from);
}

/**
 * Keeps the view inside the capture and not too small.
 * @param {number} from
 * @param {number} until
 */
function bounded(from, until) {
  const all = whole(), most = all.until - all.from;
  const length = Math.min(Math.max(until - from, SHORTEST), most);
  const middle = (from + until) / 2;
  let start = middle - length / 2;
  start = Math.min(Math.max(start, all.from), all.until - length);
  return { from: start, until: start + length };
}

/**
 * Times for marks at a distance of at least `room` pixels, and the decimals that their labels need.
 * @param {number} width
 * @param {number} room
 */
function ticks(width, room) {
  const length = view.until - view.from;
  const least = length / Math.max(width / room, 1);
  let step = 10 ** Math.floor(Math.log10(least));
  for (const factor of [1, 2, 5, 10]) {
    if (step * factor >= least) {
      step *= factor;
      break;
    }
  }
  const decimals = Math.min(Math.max(-Math.floor(Math.log10(step / 1e9) + 1e-9), 0), 9);
  /** @type {number[]} */
  const times = [];
  // No packet, no time.
  if (!doc.facts.timed) return { times, decimals, step };
  for (let i = Math.ceil(view.from / step); i * step <= view.until; i++) times.push(i * step);
  return { times, decimals, step };
}
