// Numbers, times and capability bits as text.

const LETTERS = 'sxcrwbal';
/** @type {[string, number, number][]} Letter, first bit, number of bits. */
const GROUPS = [['A', 2, 2], ['L', 4, 2], ['X', 6, 2], ['F', 8, 8]];

/**
 * The bits of one group as its letters: `Fscr`, or nothing.
 * @param {number} caps
 * @param {[string, number, number]} group
 */
function groupText(caps, [letter, shift, bits]) {
  let text = '';
  for (let bit = 0; bit < bits; bit++) {
    if (caps >>> (shift + bit) & 1) text += LETTERS[bit];
  }
  return text === '' ? '' : letter + text;
}

/** @type {Map<number, string>} */
const capsTexts = new Map();

/**
 * Bits as Ceph writes them: `pAsLsXsFscr`, `-` for none.
 * @param {number} caps
 */
function capsText(caps) {
  const known = capsTexts.get(caps);
  if (known !== undefined) return known;
  let text = caps & 1 ? 'p' : '';
  for (const group of GROUPS) text += groupText(caps, group);
  const other = (caps & ~0xfffd) >>> 0;
  if (other) text += `+0x${other.toString(16)}`;
  if (text === '') text = '-';
  capsTexts.set(caps, text);
  return text;
}

/** @param {number} n */
function grouped(n) {
  return n.toLocaleString('en-US');
}

/**
 * @param {number} n
 * @param {string} one
 */
function count(n, one) {
  return `${grouped(n)} ${one}${n === 1 ? '' : 's'}`;
}

/**
 * Nanoseconds as seconds with so many decimals.
 * @param {number} ns
 * @param {number} decimals
 */
function seconds(ns, decimals) {
  return (ns / 1e9).toFixed(decimals);
}

/**
 * Nanoseconds as a length of time: `850 µs`, `4.21 ms`, `42.8 s`.
 * @param {number} ns
 */
function duration(ns) {
  const size = Math.abs(ns);
  if (size < 1e3) return `${Math.round(ns)} ns`;
  if (size < 1e6) return `${trim(ns / 1e3, 1)} µs`;
  if (size < 1e9) return `${trim(ns / 1e6, 2)} ms`;
  if (size < 120e9) return `${trim(ns / 1e9, 3)} s`;
  if (size < 7200e9) return `${trim(ns / 60e9, 1)} min`;
  return `${trim(ns / 3600e9, 1)} h`;
}

/**
 * @param {number} value
 * @param {number} decimals
 */
function trim(value, decimals) {
  return Number(value.toFixed(decimals)).toString();
}

/**
 * Bytes with a unit, in powers of 1024.
 * @param {number} n
 */
function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (n >= 1024 && unit + 1 < units.length) {
    n /= 1024;
    unit++;
  }
  return unit === 0 ? `${n} B` : `${n.toFixed(1)} ${units[unit]}`;
}

/**
 * A time since the origin as time of day, UTC.
 * @param {number} ns
 * @param {[number, number]} origin
 * @param {number} decimals
 */
function clock(ns, origin, decimals) {
  const whole = Math.floor((ns + origin[1]) / 1e9);
  const rest = ns + origin[1] - whole * 1e9;
  const day = new Date((origin[0] + whole) * 1000);
  const text = Number.isNaN(day.getTime()) ? '?' : day.toISOString().slice(11, 19);
  return decimals ? `${text}.${Math.floor(rest).toString().padStart(9, '0').slice(0, decimals)}` : text;
}

/**
 * The day of a time since the origin, UTC.
 * @param {number} ns
 * @param {[number, number]} origin
 */
function day(ns, origin) {
  const at = new Date((origin[0] + Math.floor((ns + origin[1]) / 1e9)) * 1000);
  return Number.isNaN(at.getTime()) ? '?' : at.toISOString().slice(0, 10);
}
