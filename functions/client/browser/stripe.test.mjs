// Paying with Stripe's Payment Element: our script and the page's policy are real, Stripe.js is played by the
// few lines below, and the payment is the sandbox's.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { follow, join, newPerson, offer, order, press, see } from './person.mjs';
import { startBrowser, startSystem } from './system.mjs';

// The card that the element holds is the page's address after #; a card without a name is incomplete.
const stripe = `
window.Stripe = (key) => {
  const card = () => location.hash.slice(1);
  return {
    elements: (options) => ({
      create: () => ({
        mount(at) { document.querySelector(at).textContent = key + ' ' + options.amount + ' ' + options.currency; },
        on(event, done) { setTimeout(done); },
      }),
      submit: async () => card() ? {} : { error: { message: 'Your card number is incomplete.' } },
    }),
    createPaymentMethod: async () => ({ paymentMethod: { id: 'pm_card_' + card() } }),
    handleNextAction: async ({ clientSecret }) => {
      const id = clientSecret.split('_secret_')[0];
      const body = new URLSearchParams({ client_secret: clientSecret, outcome: sessionStorage.bank });
      await fetch('/sandbox/payment_intents/' + id + '/authenticate', { method: 'POST', body });
      return sessionStorage.bank === 'succeed' ? {} : { error: { message: 'The bank said no.' } };
    },
  };
};`;

describe('Stripe', () => {
  let system, browser, ada, bob;
  before(async () => {
    [system, browser] = await Promise.all([startSystem({ STRIPE_PUBLISHABLE_KEY: 'pk_test_element' }), startBrowser()]);
    [ada, bob] = await Promise.all([newPerson(browser, system.url), newPerson(browser, system.url)]);
    await bob.route('https://js.stripe.com/v3/', (route) => route.fulfill({ contentType: 'text/javascript', body: stripe }));
    await join(ada, 'ada');
    await join(bob, 'bob');
  });
  after(async () => { await browser?.close(); await system?.stop(); });

  // use puts a card into the element, and presses the button.
  async function use(card) {
    await bob.evaluate((name) => { location.hash = name; }, card);
    await press(bob, /^Pay/);
  }

  test('a card that is incomplete, one that is declined, and one that pays', async () => {
    const path = await order(bob, await offer(ada, 'Opera', '64.5'));
    await follow(bob, /^Pay/);
    await see(bob, 'pk_test_element 6450 usd');
    await bob.getByRole('button', { name: /^Pay/ }).click();
    await see(bob, 'Your card number is incomplete.');
    await use('chargeDeclined');
    await see(bob, 'The card was declined. Nothing was charged.');
    await use('visa');
    await see(bob, 'The ticket is yours.');
    assert.equal(new URL(bob.url()).pathname, path);
    assert.deepEqual(bob.trouble, []);
  });

  test('the second step', async () => {
    const path = await order(bob, await offer(ada, 'Ballet', '20'));
    for (const [bank, outcome] of [['fail', 'The bank said no.'], ['succeed', 'The ticket is yours.']]) {
      await bob.evaluate((answer) => { sessionStorage.bank = answer; }, bank);
      await bob.goto(`${path}/pay`);
      await use('threeDSecure2Required');
      await see(bob, outcome);
    }
    assert.deepEqual(bob.trouble, []);
  });
});
