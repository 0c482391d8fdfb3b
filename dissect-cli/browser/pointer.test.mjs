// Wheel, touch and pinch: the page scrolls as every page does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORDED, close, open, pageOf, shown } from './page.mjs';

const recorded = pageOf(RECORDED);
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const scrolled = (page) => page.evaluate(() => document.scrollingElement.scrollTop);

test('the plain wheel zooms nothing, with Ctrl it does', async () => {
  const { page } = await open(recorded, { hash: '#t=9-10' });
  const turn = async (part, x, y) => {
    const box = await page.locator(part).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.wheel(x, y);
    await page.waitForTimeout(80);
    return shown(page);
  };
  const before = await shown(page);
  for (const part of ['#overview', '#axis', '#lanes']) assert.deepEqual(await turn(part, 0, 200), before, part);
  assert.ok(await page.locator('#lanes-scroll').evaluate((lanes) => lanes.scrollTop) > 0, 'the lanes scroll');
  for (const part of ['#overview', '#lanes']) {
    const last = await shown(page);
    await page.keyboard.down('Control');
    const zoomed = await turn(part, 0, -120);
    await page.keyboard.up('Control');
    assert.ok(zoomed.length < last.length * 0.8, `${part}: ${zoomed.length} of ${last.length}`);
    const moved = await turn(part, 300, 0);
    assert.ok(moved.from > zoomed.from && Math.abs(moved.length - zoomed.length) < 0.01, part);
  }
  await close(page);
});

test('the wheel scrolls a small screen from everywhere', async () => {
  const { page } = await open(recorded, { viewport: { width: 700, height: 500 } });
  const before = await shown(page);
  await page.mouse.move(300, 200);
  for (const part of ['#overview', '#axis']) {
    const from = await scrolled(page), box = await page.locator(part).boundingBox();
    await page.mouse.move(box.x + 300, Math.min(box.y + 10, 480));
    await page.mouse.wheel(0, 150);
    await page.waitForTimeout(150);
    assert.ok(await scrolled(page) > from, part);
  }
  assert.deepEqual(await shown(page), before);
  await close(page);
});

/** Fingers that go from some points to others. */
async function swipe(page, from, to) {
  const cdp = await page.context().newCDPSession(page);
  const points = (part) => from.map(([x, y], id) => ({ x: x + (to[id][0] - x) * part, y: y + (to[id][1] - y) * part, id }));
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: points(0) });
  for (let i = 1; i <= 12; i++) {
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: points(i / 12) });
    await page.waitForTimeout(16);
  }
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await page.waitForTimeout(150);
}

test('a finger scrolls the page over strip and lanes, and moves in time sideways', async () => {
  const { page, wrong } = await open(recorded, phone);
  const all = await shown(page);
  for (const part of ['#overview', '#axis']) {
    await page.evaluate(() => scrollTo(0, 0));
    await page.locator(part).scrollIntoViewIfNeeded();
    const box = await page.locator(part).boundingBox(), from = await scrolled(page), y = box.y + box.height / 2;
    await swipe(page, [[200, y]], [[202, y - 160]]);
    assert.ok(await scrolled(page) > from + 60, `${part}: ${from} to ${await scrolled(page)}`);
    assert.deepEqual(await shown(page), all, part);
  }
  await page.evaluate(() => scrollTo(0, 0));
  const strip = await page.locator('#overview').boundingBox(), y = strip.y + strip.height / 2;
  await swipe(page, [[120, y]], [[240, y]]);
  const chosen = await shown(page);
  assert.ok(chosen.length > 5 && chosen.length < 15, `${chosen.length} s chosen`);
  assert.ok(await scrolled(page) < 5);
  // In the lanes, up and down scrolls them.
  await page.locator('#lanes').scrollIntoViewIfNeeded();
  await page.locator('#lanes').evaluate((lanes) => lanes.scrollIntoView({ block: 'center' }));
  const lanes = await page.locator('#lanes').boundingBox();
  await swipe(page, [[250, lanes.y + 200]], [[250, lanes.y + 60]]);
  assert.ok(await page.locator('#lanes-scroll').evaluate((box) => box.scrollTop) > 40);
  assert.deepEqual(await shown(page), chosen);
  await swipe(page, [[250, lanes.y + 150]], [[150, lanes.y + 150]]);
  assert.ok((await shown(page)).from > chosen.from + 1);
  assert.deepEqual(wrong, []);
  await close(page);
});

test('two fingers zoom, and not the page', async () => {
  const { page } = await open(recorded, phone);
  for (const part of ['#overview', '#lanes']) {
    await page.locator(part).evaluate((box) => box.scrollIntoView({ block: 'center' }));
    const box = await page.locator(part).boundingBox(), y = box.y + box.height / 2, before = await shown(page);
    await swipe(page, [[210, y], [250, y]], [[130, y], [330, y]]);
    const near = await shown(page);
    assert.ok(near.length < before.length / 2, `${part}: ${near.length} of ${before.length}`);
    await swipe(page, [[130, y], [330, y]], [[210, y], [250, y]]);
    assert.ok((await shown(page)).length > near.length * 2, part);
    assert.equal(await page.evaluate(() => visualViewport.scale), 1);
  }
  await close(page);
});
