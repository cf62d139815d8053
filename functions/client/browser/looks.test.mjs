// Every page: axe finds nothing in light and dark, and nothing is wider than a phone or a desktop.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { violations } from './axe.mjs';
import { join, newPerson, offer, order } from './person.mjs';
import { close, open } from './system.mjs';
import { startTour } from './tour.mjs';

const widths = [375, 700, 1280];

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
          await who.emulateMedia({ colorScheme: i === 1 ? 'light' : 'dark' });
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
    await page.getByText('42,50').first().waitFor();
    await page.goto('/tickets/1');
    const [shown, at] = await page.locator('time').first().evaluate((e) => [e.textContent, e.dateTime]);
    const want = new Intl.DateTimeFormat('de-DE', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' }).format(new Date(at));
    assert.equal(shown, want);
  });

  test('one row of header, whoever is signed in', async () => {
    const page = await newPerson(browser, url);
    await join(page, 'somebody-with-a-long-address-of-forty');
    await page.goto('/');
    for (const width of [375, 390, 650, 820, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const [header, wide] = await page.evaluate(() => [document.querySelector('header').offsetHeight, document.documentElement.scrollWidth]);
      assert.ok(header < 70 && wide <= width, `${header} pixels high, ${wide} wide in a window of ${width}`);
    }
  });

  test('a title of 255 wide letters takes three lines in a list', async () => {
    const page = await newPerson(browser, url);
    await join(page, 'ada');
    await offer(page, 'W'.repeat(255), '5');
    for (const path of ['/', '/tickets/mine']) {
      await page.goto(path);
      for (const width of [375, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        const [high, wide] = await page.evaluate(() => [document.querySelector('main li h2').offsetHeight, document.documentElement.scrollWidth]);
        assert.ok(high < 130 && wide <= width, `${path}: ${high} pixels high, ${wide} wide in a window of ${width}`);
      }
    }
  });

  test('nothing moves while a page comes up', async () => {
    const [seller, page] = [await newPerson(browser, url), await newPerson(browser, url)];
    await join(seller, 'ada');
    await join(page, 'bob');
    const ticket = await offer(seller, 'Slow dance, last row of the balcony', '5', { startsAt: '2090-09-03T20:00', timeZone: 'Europe/Rome', venue: 'Teatro La Fenice, Venice', description: 'Two seats.' });
    const open = await offer(seller, 'Waltz', '5');
    const path = await order(page, ticket);
    for (const who of [seller, page]) {
      await who.addInitScript(() => {
        window.shift = 0;
        new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shift += e.value; }).observe({ type: 'layout-shift', buffered: true });
      });
    }
    assert.ok(await page.evaluate(() => PerformanceObserver.supportedEntryTypes.includes('layout-shift')), 'this browser cannot tell whether something moves');
    for (const width of [390, 1280]) {
      for (const [who, address] of [[page, '/'], [page, '/?sort=date'], [page, open], [page, ticket], [page, path], [page, `${path}/pay`], [page, '/orders'], [seller, '/tickets/mine']]) {
        await who.setViewportSize({ width, height: 800 });
        await who.goto(address, { waitUntil: 'networkidle' });
        await who.waitForFunction(() => [...document.querySelectorAll('[role=timer]')].every((e) => e.textContent));
        const shift = await who.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(window.shift))))));
        assert.ok(shift < 0.01, `${address} at ${width}: ${shift}`);
      }
    }
  });

  test('a page is painted, as its reader writes, while its script has yet to arrive', async () => {
    const [seller, page] = [await newPerson(browser, url), await newPerson(browser, url, { locale: 'de-DE' })];
    await join(seller, 'ada');
    const ticket = await offer(seller, 'Polka', '42.50');
    await page.route('**/site-*.js', () => {}); // no answer
    await page.goto(ticket, { waitUntil: 'commit' });
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    await page.getByText('42,50').first().waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  test('print is black on white, in dark mode too', async () => {
    const page = await newPerson(browser, url);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.goto('/');
    const colors = await page.evaluate(() => [document.documentElement, document.querySelector('.cards h2 a')].map((e) => getComputedStyle(e)).map((s) => [s.color, s.backgroundColor]));
    assert.deepEqual(colors, [['rgb(0, 0, 0)', 'rgb(255, 255, 255)'], ['rgb(0, 0, 0)', 'rgba(0, 0, 0, 0)']]);
  });

  test('nothing comes from elsewhere', async () => {
    const page = await newPerson(browser, url);
    const hosts = new Set();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    for (const path of ['/', '/auth/signin', '/tickets/1', '/nothing']) await page.goto(path);
    assert.deepEqual([...hosts], [new URL(url).host]);
  });
});
