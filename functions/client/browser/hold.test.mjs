// The time that an order holds its ticket, with a hold of ten seconds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { join, newPerson, offer, order, press, see } from './person.mjs';
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
  await see(ada, 'Reserved or sold');
  await announced(bob, 'The time to pay is over.');
  await see(bob, 'Nothing was charged.');
  for (const colorScheme of ['light', 'dark']) {
    await bob.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(bob), []);
  }
  assert.equal(await bob.getByRole('button', { name: 'I need more time' }).count(), 0);
  await ada.getByRole('link', { name: 'Change it' }).waitFor(); // free again
  await see(till, 'Expired');
  await till.close();
});

test('one press gives more time, once', async () => {
  const path = await order(bob, await offer(ada, 'Symphony No. 9', '85'));
  const before = Date.parse(await bob.getByRole('timer').getAttribute('data-until'));
  await bob.waitForFunction(() => /0:0[1-8]/.test(document.querySelector('[role=timer]').textContent));
  await press(bob, 'I need more time');
  await see(bob, /You have time until/);
  const later = Date.parse(await bob.getByRole('timer').getAttribute('data-until'));
  assert.ok(later > before, `${later} is not after ${before}`);
  await press(bob, 'I need more time');
  await see(bob, 'This order cannot be given more time.');
  assert.equal(await bob.getByRole('button', { name: 'I need more time' }).count(), 0);
  await bob.goto(path);
  await bob.waitForFunction((end) => Date.now() > end + 500, before); // its first time is up
  await see(bob, 'Waiting for payment');
  await announced(bob, 'The time to pay is over.');
});
