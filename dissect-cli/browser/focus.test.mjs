// The keyboard: where the focus is and goes, and which keys are the page's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORDED, close, drawn, open, pageOf, shown, title } from './page.mjs';

const recorded = pageOf(RECORDED);

/** What has the focus, and whether that is in the details. */
const focused = (page) => page.evaluate(() => {
  const { activeElement: at } = document;
  return { name: at.id || at.getAttribute('aria-label') || at.className || at.tagName, text: at.textContent, within: document.getElementById('panel').contains(at), body: at === document.body };
});

test('whoever follows a link in the details stays in them', async () => {
  const { page, wrong } = await open(recorded);
  await page.focus('#findings [role=listbox]');
  for (const key of ['ArrowDown', 'ArrowDown', 'Enter', 'Enter']) await page.keyboard.press(key);
  assert.equal((await focused(page)).name, 'panel', 'a second Enter goes to the details');
  assert.match(await page.getAttribute('#panel', 'aria-label'), /^Details: export-without-import, warning, certain/);
  await page.focus('#panel .link:text("export in frame")');
  await page.keyboard.press('Enter');
  assert.equal(await title(page), 'EXPORT');
  assert.equal((await focused(page)).name, 'panel');
  assert.match(await page.getAttribute('#panel', 'aria-label'), /^Details: EXPORT, mds.0 → client.4130/);
  // To the finding again, and out: to the list from which it was opened.
  await page.focus('#panel .link:text("export-without-import")');
  await page.keyboard.press('Enter');
  assert.ok((await focused(page)).within);
  await page.keyboard.press('Escape');
  assert.equal((await focused(page)).name, 'Findings');
  assert.equal(await page.locator('#panel h2').count(), 0);
  assert.deepEqual(wrong, []);
  await close(page);
});

test('the two views of a message change under the focus', async () => {
  const { page } = await open(recorded, { hash: '#ino=0x100000001fe&t=9.0-9.1&frame=1428' });
  await page.focus('.choice:text("Fields and bytes")');
  await page.keyboard.press('Enter');
  assert.equal((await focused(page)).text, 'Fields and bytes');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  assert.equal((await focused(page)).text, 'Summary');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  // From message to message, the tree stays the tree.
  await page.focus('[role=tree]');
  await page.keyboard.press('j');
  assert.match((await focused(page)).name, /^Fields of client_/);
  await page.focus('#panel .close');
  await page.keyboard.press('Enter');
  assert.deepEqual([(await focused(page)).within, (await focused(page)).body], [false, false]);
  await close(page);
});

test('no key sends anybody to the top of the page', async () => {
  const { page } = await open(recorded);
  await page.click('#tab-inodes');
  await page.focus('#inodes [role=listbox]');
  await page.keyboard.press('n');
  assert.equal((await focused(page)).name, 'Findings', 'the list of inodes is gone, the one of findings is there');
  await page.focus('.coverage');
  await page.keyboard.press('Enter');
  assert.equal((await focused(page)).name, 'capture');
  for (const key of ['n', 'Enter', 'j', 'Escape', 'k', 'Tab', 'n', 'p', '0', '+', '-', 'Escape', 'Escape', '?', 'Escape', 't', '/', 'Escape']) {
    await page.keyboard.press(key);
    assert.ok(!(await focused(page)).body, `after ${key}`);
  }
  await close(page);
});

test('a key with Ctrl, Alt or Meta is not the page\'s', async () => {
  const { page } = await open(recorded, { hash: '#ino=0x100000001fe&t=9.0-9.1&frame=1428' });
  await page.click('.choice:text("Fields and bytes")');
  const before = await shown(page);
  const taken = await page.evaluate(() => {
    const taken = [];
    const parts = ['#lanes', '#brush', '#findings [role=listbox]', '[role=grid]', '[role=tree]', '#side-split', '#panel-split', '#drawer-split', '#tab-findings', 'body'];
    for (const part of parts) {
      for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'Enter', '0', '+', '-', 'n', 'j', 't', '/']) {
        for (const held of ['ctrlKey', 'altKey', 'metaKey']) {
          const event = new KeyboardEvent('keydown', { key, [held]: true, bubbles: true, cancelable: true });
          if (!document.querySelector(part).dispatchEvent(event)) taken.push(`${held} ${key} ${part}`);
        }
      }
    }
    return taken;
  });
  assert.deepEqual(taken, []);
  assert.deepEqual(await shown(page), before);
  // The shift lock makes large letters of the same keys.
  await page.keyboard.press('N');
  assert.equal(await title(page), 'export-without-import');
  await close(page);
});

test('the focus goes as one reads', async () => {
  const { page } = await open(recorded, { hash: '#finding=1' });
  const order = [];
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab');
    const { name } = await focused(page);
    if (order.includes(name)) break;
    order.push(name);
  }
  const at = ['skip', 'fact coverage good', 'search', 'theme', 'help', 'brush', 'tab-findings', 'Findings', 'side-split', 'lanes', 'drawer-split', 'Events in the shown time', 'panel-split'].map((name) => order.indexOf(name));
  assert.ok(at.every((place, i) => place >= 0 && (i === 0 || place > at[i - 1])), `${at} in ${order.join(', ')}`);
  await close(page);
});

test('the strip is a slider, the borders can be moved', async () => {
  const { page } = await open(recorded, { hash: '#finding=1&t=9-10' });
  const press = async (key) => {
    await page.keyboard.press(key);
    await drawn(page);
  };
  await page.focus('#brush');
  await press('ArrowUp');
  assert.ok((await shown(page)).from > 9.1);
  await press('Home');
  assert.equal((await shown(page)).from, 0);
  await press('End');
  assert.ok((await shown(page)).until > 31.5);
  assert.ok(Math.abs((await shown(page)).length - 1) < 0.4, 'as much is shown as before');
  const width = () => page.locator('#panel').evaluate((panel) => panel.offsetWidth);
  const first = await width();
  await page.focus('#panel-split');
  await page.keyboard.press('ArrowRight');
  assert.equal(await width(), first - 24);
  assert.equal(await page.getAttribute('#panel-split', 'aria-valuenow'), String(first - 24));
  await page.keyboard.press('ArrowLeft');
  assert.equal(await width(), first);
  await close(page);
});

test('what a list points at is on the page', async () => {
  const { page } = await open(recorded);
  const grid = page.locator('[role=grid]');
  await grid.focus();
  await page.keyboard.press('Home');
  const pointed = () => grid.evaluate((box) => [box.getAttribute('aria-activedescendant'), document.getElementById(box.getAttribute('aria-activedescendant')) !== null]);
  assert.deepEqual(await pointed(), ['row-0', true]);
  await grid.evaluate((box) => (box.scrollTop = 5000));
  await drawn(page);
  assert.equal((await pointed())[0], null);
  await close(page);
});
