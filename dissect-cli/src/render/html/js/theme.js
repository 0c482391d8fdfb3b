// Colours. The style sheet has them; the canvases ask it.

/** @typedef {'auto' | 'light' | 'dark'} Choice */

const darkness = matchMedia('(prefers-color-scheme: dark)');
/** @type {Choice} */
let choice = 'auto';

const NAMES = /** @type {const} */ ([
  'bg', 'panel', 'raise', 'ink', 'ink2', 'ink3', 'line', 'line2', 'accent', 'select', 'bad', 'warn', 'info',
  'good', 'move', 'take', 'give', 'pin', 'hatch', 'void', 'gap', 'gap-line',
]);

/** @type {Record<typeof NAMES[number], string>} */
const color = Object.create(null);
/** @type {GroupInk[]} Of A, L, X and F. */
const groupInk = [];

/** Asks the style sheet for the colours. */
function readColors() {
  const style = getComputedStyle(document.documentElement);
  const value = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  for (const name of NAMES) color[name] = value(name);
  GROUPS.forEach(([letter], index) => {
    const [ink, soft, hard, pale] = ['ink', 'soft', 'hard', 'pale'].map((part) => value(`${letter}-${part}`));
    groupInk[index] = { ink, soft, hard, pale };
  });
  patterns.clear();
}

const SANS = getComputedStyle(document.documentElement).getPropertyValue('--sans').trim() || 'sans-serif';
const MONO = getComputedStyle(document.documentElement).getPropertyValue('--mono').trim() || 'monospace';

/** @param {number} size @param {string} [weight] */
function sans(size, weight = '400') {
  return `${weight} ${size}px ${SANS}`;
}

/** @param {number} size @param {string} [weight] */
function mono(size, weight = '400') {
  return `${weight} ${size}px ${MONO}`;
}

/** What a choice means now. @param {Choice} chosen */
function shade(chosen) {
  return chosen === 'auto' ? (darkness.matches ? 'dark' : 'light') : chosen;
}

/** Shows other colours without choosing them. @param {Choice} shown */
function paint(shown) {
  document.documentElement.dataset.theme = shade(shown);
  readColors();
  draw();
  for (const repaint of repaints) repaint();
}

/** @param {Choice} chosen */
function setTheme(chosen) {
  choice = chosen;
  document.documentElement.dataset.theme = shade(chosen);
  const tool = get('theme', HTMLButtonElement);
  tool.textContent = chosen === 'auto' ? '◐' : chosen === 'dark' ? '●' : '○';
  tool.setAttribute('aria-label', `Colours: ${chosen === 'auto' ? 'as the system' : chosen}`);
  try {
    localStorage.setItem('ceph-dissect-theme', chosen);
  } catch {
    // A page from a file may keep nothing.
  }
  readColors();
  redraw();
  for (const repaint of repaints) repaint();
}

/** The next of automatic, light and dark. */
function nextTheme() {
  const next = choice === 'auto' ? (darkness.matches ? 'light' : 'dark') : choice === 'dark' ? 'light' : 'dark';
  setTheme(next === (darkness.matches ? 'dark' : 'light') && choice !== 'auto' ? 'auto' : next);
  say(`Colours: ${choice === 'auto' ? 'as the system' : choice}`);
}

/** The choice of last time. @returns {Choice} */
function keptTheme() {
  try {
    const kept = localStorage.getItem('ceph-dissect-theme');
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

/** @type {Map<string, CanvasPattern>} */
const patterns = new Map();

/**
 * Diagonal lines of a colour, for what must not be said by colour alone.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} line
 * @param {string} ground
 * @param {number} step
 */
function hatched(ctx, line, ground, step) {
  const key = `${line} ${ground} ${step} ${devicePixelRatio}`;
  const known = patterns.get(key);
  if (known) return known;
  const ratio = devicePixelRatio || 1, size = Math.max(2, Math.round(step * ratio));
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const t = tile.getContext('2d');
  if (!t) return ground;
  if (ground) {
    t.fillStyle = ground;
    t.fillRect(0, 0, size, size);
  }
  t.strokeStyle = line;
  t.lineWidth = Math.max(1, ratio);
  t.beginPath();
  for (const shift of [-size, 0, size]) {
    t.moveTo(shift - 1, size + 1);
    t.lineTo(shift + size + 1, -1);
  }
  t.stroke();
  const pattern = ctx.createPattern(tile, 'repeat');
  if (!pattern) return ground;
  pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  patterns.set(key, pattern);
  return pattern;
}

/**
 * Makes a canvas as sharp as the screen and clears it.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
function fresh(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  const w = Math.round(width * ratio), h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext('2d');
  if (!ctx) throw new Error('no canvas');
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}
