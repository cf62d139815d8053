// What a seller can do with a ticket: withdraw it, refund its buyer, and see what was earned.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { follow, join, newPerson, offer, order, pay, press, see } from './person.mjs';
import { close, open } from './system.mjs';

describe('selling', () => {
  let url, browser;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  test('withdrawn, without JavaScript', async () => {
    const [ada, bob] = await Promise.all([0, 1].map(() => newPerson(browser, url, { javaScriptEnabled: false })));
    await join(ada, 'ada');
    await join(bob, 'bob');
    const ticket = await offer(ada, 'Rained off', '42.50');
    await follow(ada, 'Withdraw it');
    await press(ada, 'Withdraw the ticket');
    await see(ada, 'This ticket is no longer offered.');
    await bob.goto(ticket);
    await see(bob, 'This ticket is no longer offered.');
    assert.equal(await bob.getByRole('button', { name: 'Order this ticket' }).count(), 0);
    await bob.goto('/?q=rained+off');
    await see(bob, 'No tickets match');
  });

  test('sold, refunded and withdrawn with that', async () => {
    const [ada, bob] = await Promise.all([0, 1].map(() => newPerson(browser, url)));
    for (const [page, name] of [[ada, 'ada'], [bob, 'bob']]) await join(page, name);
    const ticket = await offer(ada, 'Called off', '42.50');
    const bought = await order(bob, ticket);
    await pay(bob, bought);
    await see(bob, 'The ticket is yours.');
    await ada.goto(ticket);
    await follow(ada, 'Refund the buyer');
    await press(ada, 'Refund $42.50');
    await see(ada, 'This ticket is no longer offered.');
    await see(ada, 'and refunded the buyer');
    await bob.goto(bought);
    await see(bob, 'The seller has called off the sale.');
    await bob.goto(ticket);
    await see(bob, 'This ticket is no longer offered.');
    assert.equal(await bob.locator('#refunded').count(), 0);
    assert.deepEqual([...ada.trouble, ...bob.trouble], []);
  });

  test('sold, refunded and sold again', async () => {
    const [ada, bob, eve] = await Promise.all([0, 1, 2].map(() => newPerson(browser, url)));
    for (const [page, name] of [[ada, 'ada'], [bob, 'bob'], [eve, 'eve']]) await join(page, name);
    const ticket = await offer(ada, 'Twice sold', '42.50');
    const first = await order(bob, ticket);
    await pay(bob, first);
    await see(bob, 'The ticket is yours.');
    await ada.goto('/tickets/mine');
    await see(ada, 'Earned in each of the last twelve weeks');
    await ada.goto(ticket);
    await follow(ada, 'Refund the buyer');
    await ada.getByLabel('Offer the ticket again').check();
    await press(ada, 'Refund $42.50');
    await bob.goto(first);
    await see(bob, 'The seller has called off the sale.');
    await eve.goto(ticket);
    await eve.getByRole('button', { name: 'Order this ticket' }).waitFor();
    const second = await order(eve, ticket);
    await pay(eve, second);
    await see(eve, 'The ticket is yours.');
    await see(bob, 'Your money went back');
    const [head, ...sales] = (await (await ada.request.get('/tickets/mine/sales.csv')).text()).trim().split('\n').map((line) => line.split(','));
    assert.deepEqual(sales.map((s) => [s[head.indexOf('title')], s[head.indexOf('refunded')], s[head.indexOf('status')]]),
      [['Twice sold', '0.00', 'sold'], ['Twice sold', '42.50', 'refunded']]);
    assert.deepEqual([...ada.trouble, ...bob.trouble, ...eve.trouble], []);
  });
});
