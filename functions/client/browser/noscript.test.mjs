// Everything without JavaScript, with the sandbox's cards even paying.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { follow, newPerson, offer, order, password, pay, press, see, signUp } from './person.mjs';
import { close, open } from './system.mjs';

describe('without JavaScript', () => {
  let url, browser;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  test('the whole way without JavaScript', async () => {
    const [ada, bob] = await Promise.all([0, 1].map(() => newPerson(browser, url, { javaScriptEnabled: false })));
    await signUp(ada, 'ada');
    await signUp(bob, 'bob');
    const ticket = await offer(ada, 'Marathon start number', '1240');
    await see(ada, '$1,240.00');
    await see(ada, /\d\d:\d\d:\d\d UTC/); // whose clock it is, is said
    await follow(ada, 'Change it');
    await ada.getByLabel('Title').fill('Marathon start number 7');
    await press(ada, 'Save');
    await bob.goto('/');
    await bob.getByLabel('Words in the title').fill('marathon');
    await bob.getByLabel('Available only').check();
    await press(bob, 'Search');
    await follow(bob, 'Marathon start number 7');
    await press(bob, 'Order this ticket');
    await see(bob, /Reserved for you until/);
    assert.equal(await bob.getByText('Time left').isVisible(), false); // it would stand still
    await follow(ada, 'Refresh');
    await see(ada, 'Somebody has ordered it');
    await press(bob, 'Cancel the order');
    await see(bob, 'You gave the ticket back.');
    const path = await order(bob, ticket);
    await pay(bob, path, /Visa 0002/);
    await see(bob, 'The card was declined.');
    await pay(bob, path, /Visa 3220/);
    await press(bob, 'Confirm the payment');
    await see(bob, 'The ticket is yours.');
    await bob.goto('/tickets/new');
    await press(bob, 'List ticket');
    await see(bob, 'Enter a title');
    await follow(bob, /^Account/);
    await bob.getByLabel('Current password').fill('not the password');
    await bob.getByLabel('New password').fill('staple battery horse');
    await press(bob, 'Change the password');
    await see(bob, 'This is not your password.');
    await bob.getByLabel('Current password').fill(password);
    await bob.getByLabel('New password').fill('staple battery horse');
    await press(bob, 'Change the password');
    await see(bob, 'Your password is changed');
    await follow(bob, 'Your account');
    await press(bob, 'Sign out');
    await see(bob, 'You are signed out');
  });
});
