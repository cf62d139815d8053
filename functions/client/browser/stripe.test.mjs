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
        on(event, done) { if (event === 'ready') setTimeout(done); },
      }),
      submit: async () => card() ? {} : { error: { message: 'Your card number is incomplete.' } },
    }),
    createPaymentMethod: async () => ({ paymentMethod: { id: 'pm_card_' + card() } }),
    handleNextAction: async ({ clientSecret }) => {
      if (sessionStorage.bank === 'away') return { error: { type: 'api_connection_error', message: 'Network error.' } };
      const id = clientSecret.split('_secret_')[0];
      const body = new URLSearchParams({ client_secret: clientSecret, outcome: sessionStorage.bank });
      await fetch('/sandbox/payment_intents/' + id + '/authenticate', { method: 'POST', body });
      return sessionStorage.bank === 'succeed' ? {} : { error: { type: 'invalid_request_error', code: 'payment_intent_authentication_failure', message: 'The bank said no.' } };
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

  test('Stripe cannot be loaded: the page says so, counts on, and tries again', async () => {
    const path = await order(bob, await offer(ada, 'Concert', '20'));
    const away = (route) => route.abort();
    await bob.route('https://js.stripe.com/v3/', away);
    await bob.goto(`${path}/pay`);
    await see(bob, 'The form of Stripe could not be loaded, so nothing was charged.');
    assert.equal(await bob.evaluate(() => document.activeElement.id), 'stripe-problem');
    await bob.getByRole('timer').waitFor();
    assert.equal(await bob.getByRole('button', { name: /^Pay/ }).isDisabled(), true);
    await bob.getByRole('button', { name: 'Try again' }).click();
    await see(bob, 'The form of Stripe could not be loaded'); // still
    await bob.unroute('https://js.stripe.com/v3/', away);
    await bob.getByRole('button', { name: 'Try again' }).click();
    await see(bob, 'pk_test_element 2000 usd');
    await use('visa');
    await see(bob, 'The ticket is yours.');
  });

  test('the second step', async () => {
    const path = await order(bob, await offer(ada, 'Ballet', '20'));
    const says = async (bank, outcome) => {
      await bob.evaluate((answer) => { sessionStorage.bank = answer; }, bank);
      await bob.goto(`${path}/pay`);
      await use('threeDSecure2Required');
      await see(bob, outcome);
    };
    await says('fail', 'The payment was not confirmed: your bank or you refused it. Nothing was charged.');
    await bob.getByRole('link', { name: 'Pay in another way' }).waitFor();
    await says('away', 'the connection broke. You will not be charged twice.');
    await bob.getByRole('timer').waitFor();
    await bob.evaluate(() => { sessionStorage.bank = 'succeed'; });
    await press(bob, 'Try again');
    await see(bob, 'The ticket is yours.');
    assert.deepEqual(bob.trouble, []);
  });
});
