// What the page tells: names, times that nobody captured, requests, the legend, paper.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEALTHY, RECORDED, close, open, pageOf, pageWith, title, value } from './page.mjs';

const recorded = pageOf(RECORDED);

/** How many pixels of a canvas's column have a colour of the style, about. */
const pixels = (page, canvas, color, x) => page.evaluate(([canvas, color, x]) => {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(color).trim();
  const rgb = hex.slice(1).match(/../g).map((two) => parseInt(two, 16));
  const box = document.getElementById(canvas), { data } = box.getContext('2d').getImageData(x - 6, 0, 12, box.height);
  let n = 0;
  for (let i = 0; i < data.length; i += 4) if (rgb.every((value, part) => Math.abs(data[i + part] - value) < 12)) n++;
  return n;
}, [canvas, color, x]);

test('the time between two files is shaded', async () => {
  const { page, wrong } = await open(pageOf(HEALTHY, RECORDED));
  const [from, until] = await page.evaluate(() => JSON.parse(document.getElementById('data').textContent).between[0].map((ns) => ns / 1e9));
  assert.ok(until - from > 1);
  assert.deepEqual(wrong, []);
  const width = await page.locator('#overview').evaluate((box) => box.clientWidth);
  const [begin, end] = [-0.01, 1.01].map((part) => part * 84.658);
  const x = (time) => Math.round((time - begin) / (end - begin) * width);
  assert.ok(await pixels(page, 'minimap', '--void', x((from + until) / 2)) > 20, 'hatched');
  assert.equal(await pixels(page, 'minimap', '--void', x(until + (until - from) / 8)), 0, 'and not beside it');
  assert.match(await page.textContent('#legend'), /in no file/);
  const lanes = await page.locator('#lanes').boundingBox();
  // The names are 208 pixels wide, the scroll bar is not counted.
  const room = await page.locator('#lanes-scroll').evaluate((box) => box.clientWidth) - 208;
  await page.mouse.move(lanes.x + 208 + ((from + until) / 2 - begin) / (end - begin) * room, lanes.y + 40);
  assert.match(await page.textContent('#tip'), /In none of the files.*crc-healthy.pcap.zst.*crc-importer-crash.pcapng/);
  await page.click('#tab-capture');
  assert.match(await page.textContent('#capture'), /In none of the files.*crc-healthy.pcap.zst ends, crc-importer-crash.pcapng begins/);
  await close(page);
  const one = await open(recorded);
  assert.doesNotMatch(await one.page.textContent('#legend'), /in no file/);
  await close(one.page);
});

const deep = '/projects/simulation/2026/november/run-000017/output/checkpoints/layer-0042.bin';

test('of a long path the end can be read', async () => {
  const file = pageWith(recorded, (data) => {
    data.inodes.path = data.inodes.path.map(() => deep);
    data.inodes.names = [];
    for (const finding of data.findings) finding.path = deep;
  });
  for (const viewport of [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 390, height: 844 }]) {
    const { page } = await open(file, { viewport, hash: '#finding=1' });
    for (const [tab, list] of [['findings', '.item.finding .where'], ['inodes', '.item.inode .name'], ['inodes', '.grid-space .c6']]) {
      await page.click(`#tab-${tab}`);
      const look = () => page.locator(list).first().evaluate((box) => {
        const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT), texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        const rect = (node, from, to) => {
          const range = document.createRange();
          range.setStart(node, from);
          range.setEnd(node, to);
          return range.getBoundingClientRect();
        };
        const last = texts.at(-1), end = rect(last, last.length - 14, last.length), begin = rect(texts[0], 0, 5), { left, right } = box.getBoundingClientRect();
        return { end: end.left >= left - 1 && end.right <= right + 1, cut: begin.left < left, text: box.textContent, ink: getComputedStyle(box).textOverflow };
      });
      let seen = await look();
      // A list that was drawn anew meanwhile is looked at again: what is no more on the page has no style.
      for (let i = 0; i < 20 && seen.ink === ''; i++) seen = await look();
      assert.deepEqual(seen, { end: true, cut: true, text: deep, ink: 'ellipsis' }, `${list} at ${viewport.width}`);
    }
    const whole = await page.locator('.item.inode').first().getAttribute('title');
    assert.equal(whole, deep);
    await close(page);
  }
});

test('an inode that was renamed has one name', async () => {
  const file = pageWith(recorded, (data) => {
    const inode = data.findings[0].inode;
    data.inodes.path[inode] = '/doomed/new';
    data.inodes.names = [[inode, '/doomed/old', null, null], [inode, '/doomed/new', null, null]];
    for (const finding of data.findings) if (finding.inode === inode) finding.path = '/doomed/old';
  });
  const { page, wrong } = await open(file, { hash: '#finding=1' });
  assert.equal(await page.textContent('.item.finding.on .where'), '/doomed/new');
  assert.match(await page.getAttribute('.item.finding.on', 'title'), /called \/doomed\/old then/);
  assert.equal(await value(page, 'called then'), '/doomed/old');
  assert.match(await value(page, 'inode'), /\/doomed\/new.*also called \/doomed\/old/);
  const names = await page.locator('.grid-space .row.on .c6').allTextContents();
  assert.deepEqual(names, ['/doomed/new']);
  // The old name finds it.
  await page.fill('#search', 'doomed/old');
  assert.match(await page.locator('.item.inode').allTextContents().then((all) => all.join('|')), /^\/doomed\/new0x\w+ .*also \/doomed\/old/);
  assert.deepEqual(wrong, []);
  await close(page);
});

test('the head never hides the verdict', async () => {
  const file = pageWith(recorded, (data) => {
    Object.assign(data.facts, { packets: 123_456_789, events_shown: 123_456_789, pairs: 123_456_789 });
    data.missed.grave = ['12,345 holes in which messages may be missing, and more words than there is room for'];
  });
  for (const [width, height] of [[1440, 900], [1024, 768], [800, 700], [390, 844]]) {
    const { page } = await open(file, { viewport: { width, height } });
    const hidden = await page.evaluate(() => {
      const head = document.getElementById('facts').getBoundingClientRect();
      return [...document.querySelectorAll('.fact')].filter((fact) => {
        const { left, right, top, bottom } = fact.getBoundingClientRect();
        return left < head.left - 1 || right > head.right + 1 || top < head.top - 1 || bottom > head.bottom + 1 || bottom > innerHeight;
      }).map((fact) => fact.textContent);
    });
    assert.deepEqual(hidden, [], String(width));
    const { height: lanes } = await page.locator('#lanes').boundingBox();
    assert.ok(lanes > 140, `${width}: lanes of ${lanes}`);
    await close(page);
  }
});

test('where nothing could be read, the page begins with what was not read', async () => {
  const file = pageWith(recorded, (data) => {
    for (const table of ['inodes', 'lanes', 'spans', 'migrations']) for (const name of Object.keys(data[table])) data[table][name] = [];
    for (const column of Object.values(data.events)) Array.isArray(column) ? column.splice(0) : Object.assign(column, { at: [], value: [] });
    Object.assign(data, { findings: [], rules: [] });
    data.facts.blind = true;
    data.missed.grave = ['3 connections encrypted, so not read'];
  });
  const { page, wrong } = await open(file);
  assert.ok(await page.isVisible('#capture'));
  assert.match(await page.textContent('#capture'), /3 connections encrypted/);
  assert.match(await page.textContent('#facts'), /nothing could be checked/);
  for (const key of ['n', 'j', '+', '?', 'Escape']) await page.keyboard.press(key);
  assert.deepEqual(wrong, []);
  await close(page);
});

test('whatever the lanes are drawn with is in the legend', async () => {
  const { page } = await open(recorded);
  for (const text of [/session or connection ends/, /nobody holds the rank/, /finding: error, warning, info/, /request and reply/, /other half missing/]) {
    assert.match(await page.textContent('#legend'), text);
  }
  await page.keyboard.press('?');
  const colors = await page.locator('#keys .key:has-text("session or connection ends") canvas').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const rgb = getComputedStyle(document.documentElement).getPropertyValue('--warn').trim().slice(1).match(/../g).map((two) => parseInt(two, 16));
    let n = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200 && rgb.every((value, part) => Math.abs(data[i + part] - value) < 12)) n++;
    return n;
  });
  assert.ok(colors > 8, `${colors} pixels`);
  // Opened again it is the same, and what can be searched is said.
  const once = await page.locator('#keys *').count();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  assert.equal(await page.locator('#keys *').count(), once);
  assert.match(await page.textContent('#keys'), /part of a path.*an inode, hexadecimal or decimal.*client.*rank/);
  await page.keyboard.press('Escape');
  await page.focus('#search');
  assert.ok(await page.isVisible('#search-help'));
  await page.keyboard.type('d');
  assert.ok(!await page.isVisible('#search-help'), 'it does not stand over what was found');
  await close(page);
});

test('requests stand in the lanes and in the table, with their replies', async () => {
  const { page, wrong } = await open(recorded, { hash: '#ino=0x1' });
  await page.fill('#search', '0x1');
  const rows = page.locator('.grid-space .row.k-request');
  assert.ok(await rows.count() > 0);
  assert.match(await rows.first().textContent(), /asks for \w+/);
  await rows.first().click();
  assert.equal(await title(page), 'REQUEST');
  assert.ok(await page.isVisible('#cursor'), 'it is marked in the lanes');
  assert.equal(await page.locator('#panel dt:text-is("cap")').count(), 0, 'it has no cap');
  const asked = await value(page, 'tid');
  await page.click('#panel dt:text-is("outcome") + dd .link');
  assert.equal(await title(page), 'REPLY');
  assert.equal(await value(page, 'tid'), asked);
  await page.click('.choice:text("Fields and bytes")');
  assert.match(await page.getAttribute('[role=tree]', 'aria-label'), /client_reply/);
  await page.click('#tab-inodes');
  assert.match(await page.locator('.item.inode').first().textContent(), /\d+ requests?/);
  assert.deepEqual(wrong, []);
  await close(page);
});

test('on paper nothing is cut off', async () => {
  const file = pageWith(recorded, (data) => {
    data.findings = Array.from({ length: 200 }, (_, i) => ({ ...data.findings[i % 9], time: i * 1e6 }));
  });
  const { page, wrong } = await open(file, { viewport: { width: 1047, height: 700 }, colorScheme: 'dark', hash: '#finding=1' });
  const scrolled = () => page.locator('#lanes-scroll').evaluate((box) => box.scrollTop);
  await page.keyboard.press('ArrowDown');
  const place = await scrolled();
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  const cut = await page.evaluate(() => {
    const all = document.querySelectorAll('.item.finding, .grid-space .row, .legend-item, #capture section, #panel dd, #panel .about p');
    return [...all].filter((element) => {
      const { width, height, top, left, right } = element.getBoundingClientRect();
      if (width <= 0 || height <= 0 || left < -1 || right > innerWidth + 1) return true;
      // Nothing around it scrolls or ends before it does.
      for (let part = element.parentElement; part && part !== document.body; part = part.parentElement) {
        const box = part.getBoundingClientRect();
        if (getComputedStyle(part).overflowY !== 'visible' && (top < box.top - 1 || top + height > box.bottom + 1)) return true;
      }
      return false;
    }).map((element) => element.outerHTML.slice(0, 90));
  });
  assert.deepEqual(cut, []);
  assert.equal(await page.locator('.item.finding').count(), 200);
  const rows = Number(await page.getAttribute('[role=grid]', 'aria-rowcount')) - 1;
  assert.equal(await page.locator('.grid-space .row').count(), rows);
  assert.ok(await page.isVisible('#legend') && await page.isVisible('#capture') && !await page.isVisible('#brush'));
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  await page.emulateMedia({ media: 'screen' });
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.ok(await page.locator('.item.finding').count() < 60);
  assert.equal(await scrolled(), place, 'the lanes are where they were');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.deepEqual(wrong, []);
  await close(page);
});
