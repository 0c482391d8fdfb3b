// A small screen: the details lie over the page, and what they are about stays in sight.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORDED, close, open, pageOf, settle, shown, title } from './page.mjs';

const recorded = pageOf(RECORDED);
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const lying = { viewport: { width: 844, height: 390 }, hasTouch: true, isMobile: true };

/** What of the page can be seen, and not only scrolled to. */
const seen = (page) => page.evaluate(() => {
  const within = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return left >= -1 && top >= -1 && right <= innerWidth + 1 && bottom <= innerHeight + 1;
  };
  /** Nothing lies over it at these parts of its width and height. */
  const bare = (element, ...parts) => parts.every(([x, y]) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return element.contains(document.elementFromPoint(left + width * x, top + height * y));
  });
  const axis = document.getElementById('axis'), lanes = document.getElementById('lanes'), cursor = document.getElementById('cursor').getBoundingClientRect();
  const panel = document.getElementById('panel'), lead = panel.querySelector('.scroll').firstElementChild;
  return {
    details: within(panel) && bare(panel, [0.1, 0.02], [0.5, 0.5], [0.5, 0.95]),
    lead: lead.getBoundingClientRect().top < innerHeight && bare(lead, [0.2, 0.1]),
    axis: axis.getBoundingClientRect().top >= 0 && bare(axis, [0.05, 0.1], [0.3, 0.5], [0.3, 0.9]),
    mark: lanes.contains(document.elementFromPoint(cursor.x + cursor.width / 2, cursor.y + cursor.height / 2)),
  };
});
const all = { details: true, lead: true, axis: true, mark: true };

test('a finding is told beside its lanes and their time', async () => {
  for (const screen of [phone, lying]) {
    const { page, wrong } = await open(recorded, screen);
    await page.locator('.item.finding .where:has-text("/doomed/f0")').first().tap();
    await settle(page);
    assert.equal(await title(page), 'export-without-import');
    assert.deepEqual(await seen(page), all, `${screen.viewport.width} pixels wide`);
    // Closed, the lanes have their room again.
    const before = await page.locator('#lanes').boundingBox();
    await page.tap('#panel .close');
    await settle(page);
    const after = await page.locator('#lanes').boundingBox();
    assert.ok(after.width * after.height > before.width * before.height);
    assert.ok(!await page.isVisible('#panel') && await page.isVisible('#legend'));
    assert.deepEqual(wrong, []);
    await close(page);
  }
});

test('so is the message of an address', async () => {
  for (const screen of [phone, lying]) {
    const { page } = await open(recorded, { hash: '#ino=0x100000001f9&t=8.5-16&frame=1428', ...screen });
    await settle(page);
    assert.equal(await title(page), 'EXPORT');
    assert.deepEqual(await seen(page), all, `${screen.viewport.width} pixels wide`);
    assert.ok((await shown(page)).from < 9 && (await shown(page)).until > 15);
    await page.tap('.choice:text("Fields and bytes")');
    const field = page.locator('.field.on');
    await field.waitFor();
    const [at, panel] = [await field.boundingBox(), await page.locator('#panel').boundingBox()];
    assert.ok(at.y >= panel.y && at.y + at.height <= panel.y + panel.height + 1, 'the field of the inode is in the details');
    await close(page);
  }
});

test('a mark low in the lanes is not covered by what it opens', async () => {
  const { page } = await open(recorded, { hash: '#ino=0x100000001f9&t=8.5-16', ...phone });
  await settle(page);
  const lanes = await page.locator('#lanes').boundingBox();
  const x = lanes.x + await page.evaluate(() => {
    const [from, until] = /([\d.]+) to ([\d.]+)/.exec(document.getElementById('brush').getAttribute('aria-valuetext')).slice(1).map(Number);
    return 84 + (9.028504 - from) / (until - from) * (document.getElementById('lanes-scroll').clientWidth - 84);
  });
  // The third lane of the second inode.
  const low = 154 + 26 + 2 * 30 + 7;
  assert.ok(low > lanes.height / 2 && low < lanes.height, `lanes of ${lanes.height}`);
  await page.touchscreen.tap(x, lanes.y + low);
  await settle(page);
  assert.equal(await title(page), 'EXPORT');
  assert.equal((await seen(page)).mark, true);
  await close(page);
});
