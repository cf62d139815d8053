// Every page of the site, and how to get there.
import { addWebhook, confirm, follow, join, newPerson, offer, order, pay, press } from './person.mjs';

const titles = [
  ['Die Zauberflöte, stalls', '129.00', { startsAt: '2090-05-12T19:00', timeZone: 'Europe/Vienna', venue: 'Staatsoper, Vienna', category: 'theater' }],
  ['Cup final, north stand', '42.50', { startsAt: '2090-06-01T19:30', timeZone: 'Europe/Berlin', venue: 'Olympic stadium, Berlin', category: 'sports', description: 'Row 12, seat 7.\n\nBring your passport: the name on it is checked.' }],
  ['Jazz in the park', '18'],
  ['La Traviata, balcony', '64', { startsAt: '2090-09-03T20:00', timeZone: 'Europe/Rome', venue: 'Teatro La Fenice, Venice', category: 'theater', description: 'Two seats side by side in the second row of the balcony, with a full view of the stage.\n\nI cannot go, since my train leaves on that evening.' }],
  ['Comedy night', '12.50', { venue: 'The Cellar', category: 'comedy' }],
  ['Symphony No. 9', '85', { startsAt: '2090-12-31T17:00', timeZone: 'America/New_York', venue: 'Carnegie Hall, New York', category: 'concert' }],
  ['Open-air cinema', '9.90'], ['Flamenco evening', '33', { startsAt: '2090-07-20T22:00', timeZone: 'Europe/Madrid', venue: 'Tablao de los Suspiros y las Guitarras Antiguas, Sevilla' }],
  ['Marathon start number', '1240'],
];

async function makeToken(page) {
  await page.goto('/account/tokens');
  await page.getByLabel('Name').fill('box office');
  await page.getByLabel('See what you sell and buy').check();
  await press(page, 'Make the token');
}

// startTour fills the site and returns its people and stops. A stop opens one page; who is the person that does, by visit.
export async function startTour(browser, url, options) {
  const [seller, buyer, guest] = await Promise.all([0, 1, 2].map(() => newPerson(browser, url, options)));
  await confirm(seller, await join(seller, 'ada'));
  await join(buyer, 'bob');
  const tickets = [];
  for (const [title, price, about] of titles) tickets.push(await offer(seller, title, price, about));
  await addWebhook(seller, 'You sell a ticket');
  await follow(seller, 'Done');
  const webhook = await seller.getByRole('link', { name: 'http://127.0.0.1:9/tickets' }).getAttribute('href');
  await seller.goto(`${tickets[0]}/attachment`);
  await seller.getByLabel("The ticket's text or code").fill('Stalls, row 7, seat 12. Doors open at 7 pm.\nCode: ZF-4711-0815');
  await press(seller, 'Save');
  const paid = await order(buyer, tickets[0]);
  await pay(buyer, paid);
  const cancelled = await order(buyer, tickets[2]);
  await press(buyer, 'Cancel the order');
  const open = await order(buyer, tickets[1]);
  const passOf = async (path) => `/verify/${(await (await buyer.request.get(`/api${path}/pass`)).json()).code}`;
  const again = await order(buyer, tickets[4]);
  await pay(buyer, again);
  const [verify, usable] = [await passOf(paid), await passOf(again)];
  const [eve, mallory] = await Promise.all([0, 1].map(() => newPerson(browser, url, options)));
  await join(eve, 'eve');
  await join(mallory, 'mallory');
  const other = await offer(eve, 'Waltz, for two', '30');
  await order(mallory, other);
  await seller.goto(other);
  await press(seller, 'Tell me when it is available again');
  await makeToken(seller);
  const go = (path) => (page) => page.goto(path);
  const fill = (path, button) => async (page) => {
    await page.goto(path);
    await press(page, button);
  };
  const stops = [
    { name: 'home', who: buyer, visit: go('/') },
    { name: 'home-search', who: guest, visit: go('/?q=c') },
    { name: 'home-choices', who: guest, visit: go('/?from=2090-06-01&category=theater') },
    { name: 'home-no-match', who: guest, visit: go('/?q=nothing+like+it') },
    { name: 'signup', who: guest, visit: go('/auth/signup') },
    { name: 'signup-refused', who: guest, visit: fill('/auth/signup', 'Create account') },
    { name: 'signin', who: guest, visit: go('/auth/signin') },
    { name: 'signin-refused', who: guest, visit: async (page) => {
      await page.goto('/auth/signin');
      await page.getByLabel('E-mail address').fill('nobody@example.com');
      await page.getByLabel('Password').fill('wrong wrong wrong');
      await press(page, 'Sign in');
    } },
    { name: 'forgot', who: guest, visit: go('/auth/forgot') },
    { name: 'forgot-refused', who: guest, visit: fill('/auth/forgot', 'Send the link') },
    { name: 'forgot-asked', who: guest, visit: async (page) => {
      await page.goto('/auth/forgot');
      await page.getByLabel('E-mail address').fill('nobody@example.com');
      await press(page, 'Send the link');
    } },
    { name: 'reset', who: guest, visit: go('/reset/a.b.c') },
    { name: 'reset-refused', who: guest, visit: fill('/reset/a.b.c', 'Set the password') },
    { name: 'confirm-email', who: guest, visit: go('/confirm/a.b.c') },
    { name: 'unsubscribe', who: guest, visit: go('/unsubscribe/a.b.c') },
    { name: 'unsubscribe-refused', who: guest, visit: fill('/unsubscribe/a.b.c', 'Stop them') },
    { name: 'tokens', who: seller, visit: go('/account/tokens') },
    { name: 'tokens-refused', who: seller, visit: fill('/account/tokens', 'Make the token') },
    { name: 'token-made', who: buyer, visit: makeToken },
    { name: 'webhooks', who: seller, visit: go('/account/webhooks') },
    { name: 'webhooks-refused', who: seller, visit: fill('/account/webhooks', 'Add the webhook') },
    { name: 'webhook', who: seller, visit: go(webhook) },
    { name: 'account', who: buyer, visit: go('/account') },
    { name: 'account-refused', who: seller, visit: fill('/account', 'Change the password') },
    { name: 'other-user', who: buyer, visit: async (page) => {
      await page.goto('/tickets/new');
      await page.evaluate(() => { for (const e of document.getElementsByName('for')) e.value = '1000000'; });
      await press(page, 'List ticket');
    } },
    { name: 'new-ticket', who: seller, visit: go('/tickets/new') },
    { name: 'new-ticket-refused', who: seller, visit: fill('/tickets/new', 'List ticket') },
    { name: 'edit-ticket', who: seller, visit: go(`${tickets[3]}/edit`) },
    { name: 'attachment', who: seller, visit: go(`${tickets[3]}/attachment`) },
    { name: 'edit-ticket-reserved', who: seller, visit: go(`${tickets[1]}/edit`) },
    { name: 'withdraw', who: seller, visit: go(`${tickets[3]}/withdraw`) },
    { name: 'refund', who: seller, visit: go(`${tickets[0]}/refund`) },
    { name: 'my-tickets', who: seller, visit: go('/tickets/mine') },
    { name: 'my-tickets-none', who: buyer, visit: go('/tickets/mine') },
    { name: 'ticket', who: buyer, visit: go(tickets[3]) },
    { name: 'ticket-own', who: seller, visit: go(tickets[3]) },
    { name: 'ticket-own-taken', who: seller, visit: go(tickets[0]) },
    { name: 'ticket-reserved', who: guest, visit: go(tickets[1]) },
    { name: 'ticket-waiting', who: seller, visit: go(other) },
    { name: 'ticket-bought', who: buyer, visit: go(tickets[0]) },
    { name: 'ticket-sold', who: guest, visit: go(tickets[0]) },
    { name: 'my-orders', who: buyer, visit: go('/orders') },
    { name: 'my-orders-none', who: seller, visit: go('/orders') },
    { name: 'order', who: buyer, visit: go(open) },
    { name: 'order-receipt', who: buyer, visit: go(paid) },
    { name: 'pass', who: buyer, visit: go(`${paid}/pass`) },
    { name: 'pass-none', who: buyer, visit: go(`${open}/pass`) },
    { name: 'verify', who: seller, visit: go(verify) },
    { name: 'verify-as-guest', who: guest, visit: go(verify) },
    { name: 'verify-forged', who: guest, visit: go(`${verify.slice(0, -9)}AAAAAAAAA`) },
    { name: 'verify-used', who: seller, visit: async (page) => {
      await page.goto(usable);
      if (!page.used) await press(page, 'Mark as used');
      page.used = true;
    } },
    { name: 'order-cancelled', who: buyer, visit: go(cancelled) },
    { name: 'order-of-another', who: seller, visit: go(open) },
    { name: 'pay', who: buyer, visit: go(`${open}/pay`) },
    { name: 'pay-declined', who: buyer, visit: (page) => pay(page, open, /Visa 0002/) },
    { name: 'pay-second-step', who: buyer, visit: (page) => pay(page, open, /Visa 3220/) },
    { name: 'pay-second-step-refused', who: buyer, visit: async (page) => {
      await pay(page, open, /Visa 3220/);
      await press(page, 'Refuse it');
    } },
    { name: 'order-extended', who: buyer, visit: go(`${open}?note=extended`) },
    { name: 'not-found', who: guest, visit: go('/no/such/page') },
    { name: 'signed-out', who: guest, visit: go('/auth/signedout') },
    { name: 'sold-out-while-looking', who: guest, visit: async (page) => {
      if (!page.signedUp) await join(page, 'eve');
      page.signedUp = true;
      const ticket = await offer(seller, 'The last seat', '5');
      await page.goto(ticket);
      await order(buyer, ticket);
      await page.evaluate(() => document.querySelector('form[action$="/order"]').submit());
      await page.getByText('Somebody was faster').waitFor();
    } },
  ];
  return { stops, seller, buyer, guest, tickets };
}
