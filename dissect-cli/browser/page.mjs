// Pages for the tests: captures, the program that makes pages of them, a browser that shows them.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { after } from 'node:test';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const made = mkdtempSync(join(tmpdir(), 'ceph-dissect-page-'));

/** A recorded capture of the fixtures. */
export const RECORDED = join(root, 'fixtures', 'data', 'crc-importer-crash.pcapng');
/** One of the same cluster when it was well. */
export const HEALTHY = join(root, 'fixtures', 'data', 'crc-healthy.pcap.zst');
/** One of which the connections to one rank are encrypted. */
export const ENCRYPTED = join(root, 'fixtures', 'data', 'built', 'importer-encrypted.pcap');
/** One of a cluster where all of them are; it does not belong to the fixtures. */
export const SECURE = join(root, '..', 'shared', 'captures', 'pacific-secure.pcap');
/** One that was built, with a gap in it. */
export const GAP = join(root, 'fixtures', 'data', 'built', 'gap-at-importer.pcap');

/** One in which names look like markup. */
export const MARKUP = join(root, 'fixtures', 'data', 'built', 'names-of-markup.pcap');

/** The program, as it was built last. */
function program() {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  const built = ['release', 'debug'].map((kind) => join(target, kind, 'ceph-dissect')).filter(existsSync);
  const [found] = built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const named = process.env.CEPH_DISSECT ?? found;
  if (!named) throw new Error('build the program first: cargo build -p ceph-dissect');
  return named;
}

/** What a command of the program says. */
export const says = (...args) => execFileSync(program(), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

let number = 0;
/** Pages by what they were made of: the same bytes each time, so once is enough. */
const pages = new Map();

/** The page of a capture, as a file; more captures may be among the options. */
export function pageOf(capture, ...options) {
  const key = JSON.stringify([capture, ...options]);
  if (!pages.has(key)) {
    const out = join(made, `${number++}.html`);
    execFileSync(program(), ['report', capture, '-o', out, ...options]);
    pages.set(key, out);
  }
  return pages.get(key);
}

/** A capture of these bytes. */
export function captureOf(name, bytes) {
  const out = join(made, name);
  writeFileSync(out, bytes);
  return out;
}

/** The same of a file that is called otherwise. */
export function pageOfCalled(capture, name) {
  const copy = join(made, name);
  copyFileSync(capture, copy);
  return pageOf(copy);
}

/** A page with other data in it. */
export function pageWith(file, change) {
  const html = readFileSync(file, 'utf8');
  const data = JSON.parse(/id="data">([^]*?)<\/script>/.exec(html)[1]);
  const text = JSON.stringify(change(data) ?? data).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const out = join(made, `${number++}.html`);
  writeFileSync(out, html.replace(/(id="data">)[^]*?(<\/script>)/, (_, begin, end) => begin + text + end));
  return out;
}

/** The events of a page again and again on further inodes, until there are so many. */
export function manyEvents(data, wanted) {
  const { inodes, lanes, spans, events, migrations } = data;
  const n = events.time.length, times = Math.ceil(wanted / n);
  const total = events.time.reduce((sum, step) => sum + step, 0);
  const frames = events.frame.reduce((sum, step) => sum + step, 0);
  const repeat = (list) => Array.from({ length: times }, () => list).flat();
  const dense = (table, names) => names.forEach((name) => (table[name] = repeat(table[name])));
  inodes.ino = Array.from({ length: times }, (_, i) => inodes.ino.map((ino) => `0x${(BigInt(ino) + BigInt(i) * 0x100000n).toString(16)}`)).flat();
  dense(inodes, ['path', 'lanes', 'events', 'requests', 'migrations']);
  dense(lanes, ['client', 'server', 'spans']);
  dense(spans, ['time', 'kind', 'cap', 'caps', 'cause']);
  dense(migrations, ['state', 'export', 'import', 'to']);
  for (const [name, column] of Object.entries(events)) {
    if (name === 'sizes') continue;
    if (name === 'time' || name === 'frame') {
      // Each round begins where the one before it began.
      const back = name === 'time' ? total : frames;
      events[name] = Array.from({ length: times }, (_, i) => column.map((step, at) => (i > 0 && at === 0 ? step - back : step))).flat();
    } else if (Array.isArray(column)) {
      events[name] = repeat(column);
    } else if (column.at.length > 0) {
      const last = column.at.reduce((sum, step) => sum + step, 0);
      column.at = Array.from({ length: times }, (_, i) => column.at.map((step, at) => (i > 0 && at === 0 ? step + n - last : step))).flat();
      column.value = repeat(column.value);
    }
  }
  data.inodes.names = [];
  return data;
}

// Without the zygote, whose children give way to whatever else the machine does.
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--no-zygote', '--headless=new', '--disable-gpu'],
});
after(() => browser.close());

/** Tabs that nobody uses, by the options that they were opened with. */
const idle = new Map();
const keys = new WeakMap();

/** A tab; one that was used before if there is one. */
async function tab(options) {
  const key = JSON.stringify(options), known = idle.get(key)?.pop();
  if (known) return known;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', offline: true, ...options });
  const page = await context.newPage();
  keys.set(page, key);
  return page;
}

/** Opens a page and waits until it is drawn; whatever it complains about or asks for is in `wrong`. */
export async function open(file, { hash = '', ...options } = {}) {
  const page = await tab(options);
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => wrong.push(`console: ${message.text()}`));
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  const own = pathToFileURL(file).href;
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith('data:') && url.split('#')[0] !== own) wrong.push(`request: ${url}`);
  });
  await page.goto(own + hash);
  await page.waitForSelector('html[data-ready]');
  return { page, wrong };
}

/** The test is over: the tab forgets the page. One whose test fails is not used again. */
export async function close(page) {
  page.removeAllListeners();
  await page.evaluate(() => localStorage.clear());
  await page.mouse.move(0, 0);
  await page.goto('about:blank');
  const key = keys.get(page);
  idle.set(key, [...(idle.get(key) ?? []), page]);
}

/** Until what was done is drawn. */
export const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** Until the address is written, which is 250 ms after the last change: a later timer of the page comes behind it. */
export async function settle(page) {
  await drawn(page);
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
  await drawn(page);
}

/** The shown time, in seconds. */
export async function shown(page) {
  const text = await page.getAttribute('#brush', 'aria-valuetext');
  const [from, until] = /([\d.]+) to ([\d.]+)/.exec(text).slice(1).map(Number);
  return { from, until, middle: (from + until) / 2, length: until - from };
}

/** What the details are about, and a value in them. */
export const title = (page) => page.textContent('#panel h2');
export const value = (page, name) => page.textContent(`#panel dt:text-is("${name}") + dd`);
