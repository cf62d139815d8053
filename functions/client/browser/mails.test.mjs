// What people do ends with mails, read in the mailbox of the system, and their links lead on.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { confirm, follow, join, mail, newPerson, offer, order, password, pay, press, see, signIn, signUp } from './person.mjs';
import { close, open } from './system.mjs';

describe('mails', () => {
  let url, browser;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  test('a purchase ends with a receipt, whose link shows the pass', async () => {
    const [ada, bob] = await Promise.all([newPerson(browser, url), newPerson(browser, url)]);
    await join(ada, 'ada');
    const email = await signUp(bob, 'bob');
    const path = await order(bob, await offer(ada, 'Cup final <b>west</b>', '42.50'));
    await pay(bob, path);
    await see(bob, 'The ticket is yours.');
    const receipt = await mail(bob, email, 'Your ticket: Cup final <b>west</b>');
    assert.match(receipt.text, /This is your receipt\./);
    assert.match(receipt.text, /42\.50/);
    await bob.goto(receipt.link);
    assert.equal(new URL(bob.url()).pathname, `${path}/pass`);
    await see(bob, 'Cup final <b>west</b>');
    assert.deepEqual(bob.trouble, []);
  });

  for (const javaScriptEnabled of [true, false]) {
    test(`a forgotten password ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async () => {
      const [bob, phone] = await Promise.all([newPerson(browser, url, { javaScriptEnabled }), newPerson(browser, url)]);
      const email = await signUp(phone, 'bob');
      await bob.goto('/auth/signin');
      await follow(bob, 'Forgot your password?');
      await press(bob, 'Send the link');
      await see(bob, 'Enter an e-mail address');
      const answers = [];
      for (const address of ['nobody-at-all@example.com', email]) {
        await bob.goto('/auth/forgot');
        await bob.getByLabel('E-mail address').fill(address);
        await press(bob, 'Send the link');
        answers.push(await bob.locator('main').textContent());
      }
      assert.match(answers[0], /If there is an account for this address, a mail is on its way\./);
      assert.equal(answers[1], answers[0]);
      const { link } = await mail(bob, email, 'Choose a new password');
      await bob.goto(link);
      await bob.getByLabel('New password').fill('password1');
      await press(bob, 'Set the password');
      await see(bob, 'Choose a password');
      await bob.getByLabel('New password').fill('staple battery horse');
      await press(bob, 'Set the password');
      await see(bob, 'Your password is changed');
      await signIn(bob, email, password);
      await see(bob, 'do not belong together');
      await signIn(bob, email, 'staple battery horse');
      assert.equal(new URL(bob.url()).pathname, '/');
      await bob.goto(link);
      await bob.getByLabel('New password').fill('another battery horse');
      await press(bob, 'Set the password');
      await see(bob, 'This link does not work');
      await follow(bob, 'Ask for another link');
      assert.equal(new URL(bob.url()).pathname, '/auth/forgot');
      assert.deepEqual(bob.trouble, []);
    });
  }

  test('an address is confirmed by a button, and not by looking', async () => {
    const bob = await newPerson(browser, url);
    const email = await signUp(bob, 'bob');
    const { link } = await mail(bob, email, 'Confirm your e-mail address');
    await bob.goto(link);
    await bob.goto('/account');
    await see(bob, 'Not confirmed');
    await press(bob, 'Send the mail again');
    await see(bob, `A mail is on its way to ${email}`);
    await bob.goto(link);
    await press(bob, 'Confirm');
    await see(bob, 'Your address is confirmed');
    await bob.goto('/account');
    await bob.getByText('Confirmed', { exact: true }).waitFor();
    assert.equal(await bob.getByRole('button', { name: 'Send the mail again' }).count(), 0);
    assert.deepEqual(bob.trouble, []);
  });

  test('a waiting list: told when the ticket is available again, and no more mails by a link', async () => {
    const [ada, bob, eve] = await Promise.all([0, 1, 2].map(() => newPerson(browser, url)));
    await join(ada, 'ada');
    await join(bob, 'bob');
    const ticket = await offer(ada, 'The waltz', '18');
    await order(bob, ticket);
    await eve.goto(ticket);
    await press(eve, 'Tell me when it is available again'); // she has no account yet
    await follow(eve, 'Create an account');
    await eve.getByLabel('E-mail address').fill('eve-who-waits@example.com');
    await eve.getByLabel('Password').fill(password);
    await press(eve, 'Create account');
    const waits = eve.url();
    await confirm(eve, 'eve-who-waits@example.com');
    await eve.goto(waits);
    await press(eve, 'Tell me when it is available again');
    await see(eve, 'You are the first on the waiting list.');
    await press(eve, 'Stop telling me');
    await press(eve, 'Tell me when it is available again');
    await press(bob, 'Cancel the order');
    const told = await mail(eve, 'eve-who-waits@example.com', 'Available again: The waltz');
    await eve.goto(told.link);
    assert.equal(new URL(eve.url()).pathname, ticket);
    await see(eve, 'Order this ticket');
    const guest = await newPerson(browser, url);
    await guest.goto(told.links.find((link) => link.includes('/unsubscribe/')));
    await press(guest, 'Stop them');
    await see(guest, 'These mails have stopped');
    await eve.goto('/account');
    await press(eve, 'Send them again');
    await press(eve, 'Stop these mails');
    await see(eve, 'You get no reminders');
    assert.deepEqual([bob, eve, guest].flatMap((page) => page.trouble), []);
  });
});
