// Places: addresses, the way back, and how far one can go in and out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEALTHY, RECORDED, close, drawn, open, pageOf, settle, shown, title, value } from './page.mjs';

const recorded = pageOf(RECORDED);
const address = (page) => page.evaluate(() => location.hash);
/** All that makes a place. Addresses round times, so the mark may be some pixels off. */
const place = async (page) => ({ ...(await shown(page)), title: await page.locator('#panel h2').allTextContents(), marked: await page.isVisible('#cursor'), query: await page.inputValue('#search'), on: await page.locator('.item.inode.on, .item.finding.on').allTextContents() });

test('every place is the same after a reload', async () => {
  const ways = [
    ['n'], ['n', '0'], ['n', 'j'], ['n', 'n', '+', '+', 'ArrowRight'], ['n', 'j', 'j', 'j', 'Escape'],
    ['n', 'j', ...Array(60).fill('+')], ['/', 'd', 'o', 'o', 'm', 'Enter', 'j'], ['+'],
  ];
  for (const way of ways) {
    const { page, wrong } = await open(recorded);
    for (const key of way) await page.keyboard.press(key);
    await settle(page);
    const [before, hash] = [await place(page), await address(page)];
    await page.reload();
    await page.waitForSelector('html[data-ready]');
    await settle(page);
    assert.deepEqual(await place(page), before, `${way} at ${hash}`);
    assert.equal(await address(page), hash);
    assert.deepEqual(wrong, []);
    await close(page);
  }
});

test('of several messages in one packet the address names one', async () => {
  const both = pageOf(HEALTHY, RECORDED);
  const { page } = await open(both, { hash: '#ino=0x1&t=0-5' });
  await page.focus('[role=grid]');
  // The issue of a cap and the reply that it comes in.
  await page.keyboard.press('Home');
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
  assert.equal(await title(page), 'REPLY');
  await settle(page);
  const hash = await address(page);
  assert.match(hash, /frame=1:282\.2/);
  const again = await open(both, { hash });
  assert.equal(await title(again.page), 'REPLY');
  for (const { page: one } of [{ page }, again]) await close(one);
});

test('the way back leads to where one was', async () => {
  const { page, wrong } = await open(recorded);
  await settle(page);
  const whole = await place(page);
  await page.click('.item.finding >> nth=0');
  await settle(page);
  const first = await place(page);
  await page.click('.item.finding >> nth=3');
  await page.click('#panel .link:text("export in frame")');
  await settle(page);
  assert.equal(await title(page), 'EXPORT');
  // Moving about is no step.
  for (const key of ['ArrowLeft', '+', 'ArrowRight', '-']) await page.keyboard.press(key);
  await settle(page);
  const back = async () => {
    await page.goBack();
    await settle(page);
  };
  await back();
  assert.equal(await title(page), 'export-without-import');
  assert.match(await value(page, 'inode'), /f2/);
  await back();
  assert.deepEqual(await place(page), first);
  await back();
  assert.deepEqual(await place(page), whole);
  await page.goForward();
  await settle(page);
  assert.deepEqual(await place(page), first);
  assert.deepEqual(wrong, []);
  await close(page);
});

test('an address that asks for what is not there says so', async () => {
  const cases = {
    '#ino=0xdead': /inode 0xdead/, '#ino=nonsense': /inode nonsense/, '#finding=99': /finding 99/, '#finding=x': /finding x/,
    '#frame=99999': /message in frame 99999/, '#frame=-3': /frame -3/, '#t=x-y': /time x-y/, '#ino=0x100000001f9&frame=7': /frame 7/,
    '#ino=%3Cb%3Ex%3C/b%3E': /inode <b>x<\/b>/,
  };
  const { page, wrong } = await open(recorded, { hash: '#ino=0xdead' });
  const go = async (hash) => {
    await page.evaluate((hash) => (location.hash = hash), hash);
    await drawn(page);
  };
  for (const [hash, says] of Object.entries(cases)) {
    // The first one is loaded with it.
    if (hash !== '#ino=0xdead') await go(hash);
    assert.match(await page.textContent('#notice'), says);
    assert.ok(await page.isVisible('#notice'));
    await page.click('#notice .close');
    assert.ok(!await page.isVisible('#notice'));
  }
  for (const hash of ['#ino=0x100000001f9', '#t=5', '#t=5-1', '#t=1e9', '#t=0-Infinity', '#q=%00', '#', '#lanes', '']) {
    await go(hash);
    assert.ok(!await page.isVisible('#notice'), hash);
    const { from, until } = await shown(page);
    assert.ok(from >= 0 && until > from && until < 32, `${hash}: ${from} to ${until}`);
  }
  assert.deepEqual(wrong, []);
  await close(page);
});

test('the link to the lanes leaves the address alone', async () => {
  const { page } = await open(recorded, { hash: '#ino=0x100000001f9&t=9-10' });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'lanes');
  await settle(page);
  assert.match(await address(page), /ino=0x100000001f9/);
  assert.ok((await shown(page)).length < 1.1);
  await close(page);
});

test('at the limits zooming moves nothing', async () => {
  const { page } = await open(recorded, { hash: '#ino=0x100000001f9&t=9.0-9.1' });
  const box = await page.locator('#lanes').boundingBox();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 60);
  await page.keyboard.down('Control');
  for (let i = 0; i < 40; i++) await page.mouse.wheel(0, -160);
  await settle(page);
  const near = await address(page);
  const [from, until] = /t=([\d.]+)-([\d.]+)/.exec(near).slice(1).map(Number);
  assert.ok(Math.abs(until - from - 1e-6) < 2e-9, `${until - from} s`);
  for (let i = 0; i < 10; i++) await page.mouse.wheel(0, -160);
  await settle(page);
  assert.equal(await address(page), near);
  for (let i = 0; i < 60; i++) await page.mouse.wheel(0, 160);
  await page.keyboard.up('Control');
  await drawn(page);
  const all = await shown(page);
  assert.ok(all.from === 0 && all.until > 31.6, JSON.stringify(all));
  await close(page);
});

test('an edge that is dragged out of the strip leaves the other one alone', async () => {
  const { page } = await open(recorded, { hash: '#t=9-10' });
  const strip = await page.locator('#overview').boundingBox(), grips = page.locator('.grip');
  const { x, y, width, height } = await grips.nth(0).boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(strip.x + 200, y);
  await page.mouse.move(strip.x - 300, y, { steps: 4 });
  await page.mouse.up();
  await drawn(page);
  const { from, until } = await shown(page);
  assert.ok(from === 0 && Math.abs(until - 10) < 0.01, `${from} to ${until}`);
  await close(page);
});
