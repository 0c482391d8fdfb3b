// What must stand there, and what must not: marks after a search, colours, times that there are not, counts.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { ENCRYPTED, RECORDED, SECURE, captureOf, close, drawn, open, pageOf, pageWith, says } from './page.mjs';

const recorded = pageOf(RECORDED);

/** How many pixels of a canvas have a colour of the style, about. */
const pixels = (page, canvas, color) => page.evaluate(([canvas, color]) => {
  const rgb = getComputedStyle(document.documentElement).getPropertyValue(color).trim().slice(1).match(/../g).map((two) => parseInt(two, 16));
  const box = document.getElementById(canvas), copy = new OffscreenCanvas(box.width, box.height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(box, 0, 0);
  const { data } = copy.getImageData(0, 0, box.width, box.height);
  let n = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200 && rgb.every((value, part) => Math.abs(data[i + part] - value) < 12)) n++;
  return n;
}, [canvas, color]);

test('a search does not hide what is wrong', async () => {
  const { page, wrong } = await open(recorded);
  const bad = async (query) => {
    await page.fill('#search', query);
    await drawn(page);
    return pixels(page, 'lanes-canvas', '--bad');
  };
  const both = await bad('doomed 4130');
  assert.ok(both > 40, `${both} pixels`);
  // By the rank that never told the import, and by the one that exported.
  for (const query of ['doomed mds.1 4130', 'doomed mds.0 4130']) assert.ok(await bad(query) > 40, `${query}: ${await bad(query)} pixels`);
  assert.equal(await bad('calm mds.1 4130'), 0, 'where nothing is wrong nothing is red');
  // And what is opened is there: the finding's message is of the other rank.
  await page.fill('#search', 'doomed mds.1 4130');
  await page.click('#tab-findings');
  await page.click('.item.finding >> nth=0');
  await drawn(page);
  assert.ok(await page.isVisible('#cursor'));
  assert.deepEqual(wrong, []);
  await close(page);
});

test('the legend has the colours of the lanes', async () => {
  const { page } = await open(recorded, { colorScheme: 'light' });
  const look = () => page.locator('#legend .swatch').evaluateAll((all) => all.map((canvas) => canvas.toDataURL()));
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const light = await look();
  assert.equal(await theme(), 'light');
  await page.keyboard.press('t');
  const dark = await look();
  assert.equal(await theme(), 'dark');
  assert.ok(light.length > 10);
  assert.deepEqual(light.map((picture, i) => picture === dark[i]), light.map(() => false));
  await page.keyboard.press('t');
  assert.equal(await theme(), 'light');
  assert.deepEqual(await look(), light);
  // The system may change as well.
  await page.emulateMedia({ colorScheme: 'dark' });
  await drawn(page);
  assert.deepEqual(await look(), dark);
  await page.emulateMedia({ colorScheme: 'light' });
  await close(page);
});

test('where no packet was read there is no time', async () => {
  const header = new Uint8Array(24);
  header.set([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
  header.set([0xff, 0xff, 0, 0, 1], 16);
  const { page, wrong } = await open(pageOf(captureOf('empty.pcap', header)));
  assert.match(await page.textContent('#facts'), /0 packets/);
  assert.ok(await page.isVisible('#capture'));
  assert.doesNotMatch(await page.locator('body').innerText(), /UTC|1970|00:00|^begins$|^lasts$|\d ns/m);
  assert.ok(!await page.isVisible('#brush'));
  for (const ink of ['--ink', '--ink2', '--ink3']) assert.equal(await pixels(page, 'axis-canvas', ink), 0, 'no ruler');
  for (const key of ['n', 'j', '+', '0', 'End']) await page.keyboard.press(key);
  await page.hover('#lanes-scroll', { position: { x: 600, y: 60 } });
  assert.doesNotMatch(await page.locator('body').innerText(), /UTC|1970/);
  assert.deepEqual(wrong, []);
  await close(page);
  // Where there is one, there is all of it.
  const timed = await open(recorded);
  assert.ok(await pixels(timed.page, 'axis-canvas', '--ink2') > 20);
  await timed.page.click('#tab-capture');
  assert.match(await timed.page.locator('body').innerText(), /begins\s+2026-11-23 .*UTC\s+lasts/);
  await close(timed.page);
});

test('connections are counted as the command counts them', async (t) => {
  const captures = [RECORDED, ENCRYPTED, SECURE].filter((file) => existsSync(file) || t.diagnostic(`skipped: no ${file}`));
  for (const capture of captures) {
    const said = says('connections', capture);
    const [serving, others] = ['clients and metadata servers', 'others'].map((who) => {
      const line = new RegExp(`^${who}: (.*)$`, 'm').exec(said)[1];
      return [/^[\d,]+/, /[\d,]+(?= encrypted)/].map((part) => Number((part.exec(line)?.[0] ?? '0').replace(',', '')));
    });
    const { page } = await open(pageOf(capture));
    await page.click('#tab-capture');
    const told = (name) => page.textContent(`#capture dt:text-is("${name}") + dd`);
    const words = ([all, encrypted]) => (encrypted ? `${all}, of which ${encrypted} encrypted` : String(all));
    assert.equal(await told('clients and ranks'), words(serving));
    assert.equal(await told('others of Ceph'), words(others));
    const missed = serving[1] + others[1];
    if (missed) assert.match(await page.textContent('#capture'), new RegExp(`${missed} connections? encrypted, so not read`));
    await close(page);
  }
});

test('no tag stands over the words of a finding', async () => {
  const file = pageWith(recorded, (data) => {
    for (const finding of data.findings) Object.assign(finding, { certainty: 'undetermined', why: 'a hole' });
  });
  for (const viewport of [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 390, height: 844 }]) {
    const { page } = await open(file, { viewport });
    const over = await page.locator('.finding-head').evaluateAll((heads) => heads.flatMap((head) => {
      const tag = head.querySelector('.unsure').getBoundingClientRect(), box = head.getBoundingClientRect();
      const inside = tag.left >= box.left && tag.right <= box.right && tag.top >= box.top && tag.bottom <= box.bottom;
      const covered = ['.code', '.head-title', '.head-who', '.head-n'].filter((part) => {
        const { left, right, top, bottom } = head.querySelector(part).getBoundingClientRect();
        return left < tag.right - 1 && right > tag.left + 1 && top < tag.bottom - 1 && bottom > tag.top + 1;
      });
      return inside ? covered : ['outside', ...covered];
    }));
    assert.deepEqual(over, [], String(viewport.width));
    assert.equal(await page.locator('.unsure').first().innerText(), 'undetermined');
    await close(page);
  }
});

test('a request and its answer are one sentence, and not cut', async () => {
  const { page } = await open(recorded);
  const tells = page.locator('.grid-space .k-request .c11');
  assert.ok(await tells.count() > 2);
  for (const cell of await tells.all()) {
    assert.match(await cell.textContent(), /^asks for \w+.*, answered in [\d.]+ (µs|ms|s)$/);
    assert.ok(await cell.evaluate((box) => box.scrollWidth <= box.clientWidth), await cell.textContent());
  }
  await close(page);
});

test('a size that changes is drawn at once', async () => {
  const { page } = await open(recorded);
  const sizes = await page.evaluate(() => new Promise((done) => {
    const lanes = document.getElementById('lanes'), canvas = document.getElementById('lanes-canvas');
    const before = canvas.height;
    document.documentElement.style.setProperty('--drawer', '90px');
    // It hears of the size right behind the page itself, before the picture is shown.
    new ResizeObserver(() => done({ before, after: canvas.height, room: lanes.clientHeight })).observe(lanes);
  }));
  assert.ok(sizes.after > sizes.before + 100, JSON.stringify(sizes));
  assert.equal(sizes.after, sizes.room);
  await close(page);
});
