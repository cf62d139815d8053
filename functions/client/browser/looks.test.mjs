// Every page: axe finds nothing in light and dark, and nothing is wider than a phone or a desktop.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { violations } from './axe.mjs';
import { newPerson } from './person.mjs';
import { close, open } from './system.mjs';
import { startTour } from './tour.mjs';

const widths = [375, 1280];

describe('looks', () => {
  let url, browser;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  test('every page', async (t) => {
    const { stops } = await startTour(browser, url);
    for (const { name, who, visit } of stops) {
      await t.test(name, async () => {
        await visit(who);
        for (const [i, width] of widths.entries()) {
          await who.setViewportSize({ width, height: 800 });
          await who.emulateMedia({ colorScheme: i ? 'light' : 'dark' });
          assert.deepEqual(await violations(who), []);
          const wide = await who.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${wide} pixels in a window of ${width}`);
        }
        assert.equal(await who.locator('h1').count(), 1);
        assert.match(await who.title(), /.+ · Ticketing$/);
        assert.deepEqual(who.trouble, []);
      });
    }
  });

  test('a reader from elsewhere', async () => {
    const page = await newPerson(browser, url, { locale: 'de-DE', timezoneId: 'Asia/Tokyo' });
    await page.goto('/');
    await page.getByText('42,50').waitFor();
    await page.goto('/tickets/1');
    const [shown, at] = await page.locator('time').first().evaluate((e) => [e.textContent, e.dateTime]);
    const want = new Intl.DateTimeFormat('de-DE', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' }).format(new Date(at));
    assert.equal(shown, want);
  });

  test('nothing comes from elsewhere', async () => {
    const page = await newPerson(browser, url);
    const hosts = new Set();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    for (const path of ['/', '/auth/signin', '/tickets/1', '/nothing']) await page.goto(path);
    assert.deepEqual([...hosts], [new URL(url).host]);
  });
});
