// The whole way with the keyboard alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join, mail, newPerson, offer, order, see } from './person.mjs';
import { close, open } from './system.mjs';

describe('keyboard', () => {
  let url, browser;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  // reach presses Tab until what has this name has the focus, and checks that one sees where it is.
  async function reach(page, name) {
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const e = document.activeElement;
        const label = e.labels?.[0]?.textContent ?? e.textContent;
        return { name: label.trim(), visible: getComputedStyle(e).outlineStyle !== 'none' };
      });
      if (at.name.startsWith(name)) {
        assert.ok(at.visible, `one does not see the focus on ${name}`);
        return;
      }
    }
    assert.fail(`Tab does not lead to ${name}`);
  }

  async function enter(page) {
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  }

  test('the whole way with the keyboard', async () => {
    const [ada, bob] = await Promise.all([newPerson(browser, url), newPerson(browser, url)]);
    await join(ada, 'ada');
    await offer(ada, 'Chess championship', '20');
    await bob.goto('/');
    await bob.keyboard.press('Tab');
    assert.equal(await bob.evaluate(() => document.activeElement.textContent), 'Skip to the content');
    await bob.keyboard.press('Enter');
    assert.equal(await bob.evaluate(() => document.activeElement.id), 'main');
    await reach(bob, 'Words in the title');
    await bob.keyboard.type('chess');
    await enter(bob);
    await reach(bob, 'Chess championship');
    await enter(bob);
    await reach(bob, 'Order this ticket');
    await enter(bob); // he has no account yet
    await reach(bob, 'Create an account');
    await enter(bob);
    await reach(bob, 'E-mail address');
    await bob.keyboard.type('bob@example.com');
    await reach(bob, 'Password');
    await bob.keyboard.type('correct horse battery');
    await enter(bob);
    await reach(bob, 'Order this ticket');
    await enter(bob);
    await reach(bob, 'Pay');
    await enter(bob);
    await reach(bob, 'Visa 4242');
    await bob.keyboard.press('ArrowDown');
    await bob.keyboard.press('ArrowDown'); // the card with a second step
    await reach(bob, 'Pay');
    await enter(bob);
    await reach(bob, 'Confirm the payment');
    await enter(bob);
    await see(bob, 'The ticket is yours.');
    await bob.evaluate(() => document.querySelector('header').scrollIntoView());
    await reach(bob, 'Sign out');
    await enter(bob);
    await see(bob, 'You are signed out');
  });

  test('a forgotten password and a waiting list with the keyboard', async () => {
    const [ada, bob, eve] = await Promise.all([0, 1, 2].map(() => newPerson(browser, url)));
    await join(ada, 'ada');
    await join(eve, 'eve');
    const email = await join(bob, 'bob');
    const ticket = await offer(ada, 'Fencing', '20');
    await order(eve, ticket);
    await bob.goto(ticket);
    await reach(bob, 'Tell me when it is available again');
    await enter(bob);
    await reach(bob, 'Stop telling me');
    await bob.goto('/auth/signin');
    await reach(bob, 'Forgot your password?');
    await enter(bob);
    await reach(bob, 'E-mail address');
    await bob.keyboard.type(email);
    await enter(bob);
    await see(bob, 'Look into your mail');
    await bob.goto((await mail(bob, email, 'Choose a new password')).link);
    await reach(bob, 'New password');
    await bob.keyboard.type('staple battery horse');
    await enter(bob);
    await see(bob, 'Your password is changed');
  });

  test('what changes by itself does not take the focus away', async () => {
    const [ada, bob, eve] = await Promise.all([0, 1, 2].map(() => newPerson(browser, url)));
    await join(ada, 'ada');
    await join(bob, 'bob');
    await join(eve, 'eve');
    const ticket = await offer(ada, 'Ballet', '20');
    await bob.goto(ticket);
    await reach(bob, 'Order this ticket');
    await eve.goto(ticket);
    await eve.getByRole('button', { name: 'Order this ticket' }).click();
    await see(bob, 'Somebody has ordered this ticket.');
    assert.equal(await bob.evaluate(() => document.activeElement.id), 'main');
    assert.equal(await bob.locator('#announcer').textContent(), 'The ticket is reserved.');
  });
});
