// More time for an order: it is offered when no more is left than a third of what it would give. No test waits for that: a new start of the system
// makes a hold four times as long.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { follow, join, newPerson, offer, order, press, see } from './person.mjs';
import { startBrowser, startSystem } from './system.mjs';

let system, browser, ada, bob, eve;
before(async () => {
  [system, browser] = await Promise.all([startSystem({ EXPIRATION_ORDER_MINUTES: '15' }), startBrowser()]);
  [ada, bob, eve] = await Promise.all([newPerson(browser, system.url), newPerson(browser, system.url), newPerson(browser, system.url, { javaScriptEnabled: false })]);
  await join(ada, 'ada');
  await join(bob, 'bob');
  await join(eve, 'eve');
});
after(async () => { await browser?.close(); await system?.stop(); });

const extend = (page) => page.getByRole('button', { name: 'Extend to 1 hour from now' });

test('more time is offered late, says what it gives, and is had once', async () => {
  const path = await order(bob, await offer(ada, 'Symphony No. 9', '85'));
  await order(eve, await offer(ada, 'Symphony No. 8', '85'));
  const till = await bob.context().newPage();
  await till.goto(`${path}/pay`);
  const before = Date.parse(await bob.getByRole('timer').getAttribute('data-until'));
  assert.equal(await extend(bob).count() + await extend(eve).count(), 0);
  await system.restart({ EXPIRATION_ORDER_MINUTES: '60' });
  await extend(bob).waitFor(); // by itself
  assert.deepEqual(await violations(bob), []);
  await press(bob, 'Extend to 1 hour from now');
  await see(bob, /You have time until/);
  assert.equal(await extend(bob).count(), 0);
  const later = Date.parse(await bob.getByRole('timer').getAttribute('data-until'));
  assert.ok(later > before, `${later} is not after ${before}`);
  await till.waitForFunction((end) => Date.parse(document.querySelector('[role=timer]').dataset.until) === end, later); // the other tab knows
  await follow(eve, 'Refresh');
  await press(eve, 'Extend to 1 hour from now');
  await see(eve, /You have time until/);
});
