// Buying and selling, by people in browsers of their own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { follow, join, newPerson, offer, order, pay, press, see, signUp } from './person.mjs';
import { close, open } from './system.mjs';

describe('purchase', () => {
  let url, browser;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  async function people(...names) {
    const pages = await Promise.all(names.map(() => newPerson(browser, url)));
    for (const [i, page] of pages.entries()) await join(page, names[i]);
    return pages;
  }

  const quiet = (...pages) => assert.deepEqual(pages.flatMap((page) => page.trouble), []);

  test('sign up, offer, order, pay: both see it', async () => {
    const [ada, bob] = await Promise.all([newPerson(browser, url), newPerson(browser, url)]);
    await signUp(ada, 'ada');
    await signUp(bob, 'bob');
    const ticket = await offer(ada, 'Cup final <b>north</b>', '$42,50');
    await see(ada, '$42.50');
    await bob.goto('/?q=cup+north');
    await follow(bob, 'Cup final <b>north</b>');
    await press(bob, 'Order this ticket');
    const path = new URL(bob.url()).pathname;
    await see(ada, 'Somebody has ordered it'); // on the page that she left open
    await see(bob, 'Time left');
    await pay(bob, path);
    await see(bob, 'The ticket is yours.');
    await see(bob, 'Receipt');
    await bob.goto('/orders');
    await see(bob, 'Paid');
    await bob.goto(ticket);
    await see(bob, 'You have bought this ticket.');
    await see(ada, 'You sold this ticket.'); // on the page that is still open
    await ada.goto('/tickets/mine');
    await see(ada, 'Sold');
    await ada.goto('/?q=cup+north');
    assert.equal(await ada.getByText('Cup final <b>north</b>').count(), 0);
    quiet(ada, bob);
  });

  test('cancel: the ticket is free for others, who see it live', async () => {
    const [ada, bob, eve] = await people('ada', 'bob', 'eve');
    const ticket = await offer(ada, 'Jazz in the park', '18');
    const path = await order(bob, ticket);
    await eve.goto(ticket);
    await see(eve, 'Somebody has ordered this ticket.');
    await press(bob, 'Cancel the order');
    assert.equal(new URL(bob.url()).pathname, path);
    await see(bob, 'You gave the ticket back.');
    await eve.getByRole('button', { name: 'Order this ticket' }).waitFor();
    await press(eve, 'Order this ticket');
    await see(eve, 'Waiting for payment');
    quiet(ada, bob, eve);
  });

  test('a card that is declined, one whose second step is refused, and one that pays', async () => {
    const [ada, bob] = await people('ada', 'bob');
    const path = await order(bob, await offer(ada, 'Comedy night', '12.5'));
    await pay(bob, path, /Visa 0002/);
    await see(bob, 'The card was declined. Nothing was charged.');
    await pay(bob, path, /Visa 3220/);
    await see(bob, 'One more step');
    await press(bob, 'Refuse it');
    await see(bob, 'You refused the second step. Nothing was charged.');
    await pay(bob, path, /Visa 3220/);
    await press(bob, 'Confirm the payment');
    await see(bob, 'The ticket is yours.');
    quiet(bob);
  });

  test('a page that asks for a card leaves when its order is cancelled in another tab', async () => {
    const [ada, bob] = await people('ada', 'bob');
    const path = await order(bob, await offer(ada, 'Carnival', '8'));
    const [till, step] = [await bob.context().newPage(), await bob.context().newPage()];
    await till.goto(`${path}/pay`);
    await pay(step, path, /Visa 3220/);
    await see(step, 'One more step');
    await step.getByRole('timer').waitFor();
    await press(bob, 'Cancel the order');
    await see(till, 'You gave the ticket back.');
    await see(step, 'You gave the ticket back.');
    assert.equal(new URL(till.url()).pathname, path);
  });

  test('what a page says of money does not come from its address', async () => {
    const [ada, bob] = await people('ada', 'bob');
    const path = await order(bob, await offer(ada, 'Puppet theatre', '8'));
    for (const note of ['paid', 'refused', 'refunded']) {
      await bob.goto(`${path}?note=${note}`);
      await see(bob, 'Waiting for payment');
      assert.doesNotMatch(await bob.locator('main').textContent(), /received|charged|refunded/i);
    }
    await pay(bob, path);
    await see(bob, 'The ticket is yours.');
    await bob.goto(`${path}?note=refused`);
    await see(bob, 'The ticket is yours.');
  });

  test('a payment shows on another open page of the buyer', async () => {
    const [ada, bob] = await people('ada', 'bob');
    const path = await order(bob, await offer(ada, 'La Traviata', '64'));
    const second = await bob.context().newPage();
    await second.goto(path);
    await pay(bob, path, /Mastercard/);
    await second.getByText('The ticket is yours.', { exact: false }).first().waitFor();
    assert.equal(await second.locator('#announcer').textContent(), 'Your order is paid. The ticket is yours.');
  });

  test('two race for one ticket: one has it, the other gets a friendly page', async () => {
    const [ada, bob, eve] = await people('ada', 'bob', 'eve');
    const ticket = await offer(ada, 'The last seat', '85');
    await Promise.all([bob.goto(ticket), eve.goto(ticket)]);
    const answers = await Promise.all([bob, eve].map(async (page) => {
      const [answer] = await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Order this ticket' }).click()]);
      return answer.status();
    }));
    assert.deepEqual(answers.sort(), [200, 409]);
    const loser = new URL(bob.url()).pathname.startsWith('/orders') ? eve : bob;
    await see(loser, 'Somebody was faster');
    await follow(loser, 'Tickets that are available');
    assert.equal(await loser.getByText('The last seat').count(), 0);
  });

  test('sign out, and come back to where one was sent away', async () => {
    const [ada, bob] = await people('ada', 'bob');
    const ticket = await offer(ada, 'Open-air cinema', '9.90');
    await bob.goto(ticket);
    await press(bob, 'Sign out');
    await see(bob, 'You are signed out');
    const guest = await newPerson(browser, url);
    await guest.goto(ticket);
    await press(guest, 'Order this ticket');
    await follow(guest, 'Create an account');
    await guest.getByLabel('E-mail address').fill('guest@example.com');
    await guest.getByLabel('Password').fill('correct horse battery');
    await press(guest, 'Create account');
    assert.equal(new URL(guest.url()).pathname, ticket);
    await press(guest, 'Order this ticket');
    await see(guest, 'Waiting for payment');
  });
});
