// The time that an order holds its ticket, with a hold of ten seconds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { join, newPerson, offer, order, pay, press, see } from './person.mjs';
import { startBrowser, startSystem } from './system.mjs';

let system, browser, ada, bob;
before(async () => {
  [system, browser] = await Promise.all([startSystem({ EXPIRATION_ORDER_MINUTES: String(10 / 60) }), startBrowser()]);
  [ada, bob] = await Promise.all([newPerson(browser, system.url), newPerson(browser, system.url)]);
  await join(ada, 'ada');
  await join(bob, 'bob');
});
after(async () => { await browser?.close(); await system?.stop(); });

const timeLeft = (page) => page.getByRole('timer').textContent();
const announced = (page, text) => page.locator('#announcer').getByText(text).waitFor();

test('an order expires before the eyes of its buyer, and of others', async () => {
  const ticket = await offer(ada, 'Flamenco evening', '33');
  const path = await order(bob, ticket);
  const till = await bob.context().newPage(); // where he is about to pay
  await till.goto(`${path}/pay`);
  await see(till, 'Your time is nearly over.');
  await see(bob, 'Your time is nearly over.');
  await announced(bob, 'seconds left to pay.');
  assert.match(await timeLeft(bob), /^0:(0[1-9]|10)$/);
  await ada.goto(ticket);
  await see(ada, 'Somebody has ordered it');
  await announced(bob, 'The time to pay is over.');
  await see(bob, 'Nothing was charged.');
  for (const colorScheme of ['light', 'dark']) {
    await bob.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(bob), []);
  }
  assert.equal(await bob.getByRole('button', { name: /^Extend/ }).count(), 0);
  await ada.getByRole('link', { name: 'Change it' }).waitFor(); // free again
  await see(till, 'Expired');
  await till.close();
});

// until waits for a moment on the page's clock.
const until = (page, end) => page.waitForFunction((ms) => Date.now() > ms, end);
const deadline = async (page) => Date.parse(await page.getByRole('timer').getAttribute('data-until'));

test('a second step that has begun may be done when the time is up', async () => {
  const path = await order(bob, await offer(ada, 'Tango night', '44'));
  const end = await deadline(bob);
  const tab = await bob.context().newPage();
  await tab.goto(path);
  await pay(bob, path, /Visa 3220/);
  await see(bob, 'One more step');
  assert.match(await timeLeft(bob), /^0:(0[0-9]|10)$/);
  await until(tab, end + 500);
  await bob.waitForFunction(() => /^0:[1-3][0-9]$/.test(document.querySelector('[role=timer]').textContent)); // it is kept for this step
  await see(tab, 'Confirm it at your bank before');
  assert.equal(await tab.getByRole('link', { name: /^Pay/ }).count(), 0);
  assert.match(await timeLeft(tab), /^0:[0-3][0-9]$/);
  assert.ok(await deadline(tab) >= end + 30_000);
  for (const colorScheme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(tab), []);
  }
  await press(bob, 'Confirm the payment');
  await see(bob, 'The ticket is yours.');
  await see(tab, 'The ticket is yours.');
  await tab.close();
});

test('a payment that was sent in time is not lost when its answer comes later', async () => {
  const path = await order(bob, await offer(ada, 'Bolero night', '45'));
  const end = await deadline(bob);
  await bob.route(`**${path}/pay`, async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    const response = await route.fetch({ maxRedirects: 0 });
    await new Promise((resolve) => setTimeout(resolve, end + 1500 - Date.now())); // a slow network
    return route.fulfill({ response });
  });
  await pay(bob, path, /Visa 3220/);
  await see(bob, 'One more step');
  await bob.unroute(`**${path}/pay`);
  await press(bob, 'Confirm the payment');
  await see(bob, 'The ticket is yours.');
});
