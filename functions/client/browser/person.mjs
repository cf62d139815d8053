// What people do on the site, each in a browser profile of their own.
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';

export const password = 'correct horse battery';
let people = 0;

// newPerson opens a page of the site for a new person. Errors in the page's console fail the test that looks.
export async function newPerson(browser, url, options = {}) {
  const context = await browser.newContext({ baseURL: url, locale: 'en-US', ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  page.trouble = [];
  page.on('pageerror', (error) => page.trouble.push(String(error)));
  page.on('console', (line) => {
    if (/Content.Security.Policy/i.test(line.text())) page.trouble.push(line.text());
  });
  return page;
}

// join gives a page an account, the short way.
export async function join(page, name = 'person') {
  const email = `${name}-${++people}@example.com`;
  const answer = await page.request.post('/api/users/signup', { data: { email, password } });
  assert.equal(answer.status(), 201);
  return email;
}

// signUp gives a page an account by the form, and leaves it on the home page.
export async function signUp(page, name = 'person') {
  const email = `${name}-${++people}@example.com`;
  await page.goto('/auth/signup');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Create account');
  assert.equal(new URL(page.url()).pathname, '/');
  return email;
}

// signIn fills in the form, from wherever the page is.
export async function signIn(page, email, secret) {
  await page.goto('/auth/signin');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(secret);
  await press(page, 'Sign in');
}

// mail waits for the mail to an address with that subject, opens it in the mailbox of the system, and returns its text and the addresses it leads to, the main one first.
export async function mail(page, to, subject) {
  const mailbox = await page.context().newPage();
  for (const end = Date.now() + 30_000; ;) {
    await mailbox.goto('/mailbox/');
    const found = mailbox.getByRole('row').filter({ hasText: to }).getByRole('link', { name: subject, exact: true }).first();
    if (await found.count()) {
      await Promise.all([mailbox.waitForNavigation(), found.click()]);
      break;
    }
    assert.ok(Date.now() < end, `no mail ${subject} to ${to}`);
    await setTimeout(100);
  }
  const text = await mailbox.locator('pre').textContent();
  await mailbox.close();
  const links = text.match(/http\S+/g) ?? [];
  return { text, links, link: links[0] };
}

// confirm confirms an address by the link in its mail.
export async function confirm(page, email) {
  await page.goto((await mail(page, email, 'Confirm your e-mail address')).link);
  await press(page, 'Confirm');
}

// addWebhook adds one that nobody answers, and leaves the page with its secret. It tries again while the site does not know yet that the address is confirmed.
export async function addWebhook(page, event) {
  for (const end = Date.now() + 30_000; ;) {
    await page.goto('/account/webhooks');
    await page.getByLabel('Address').fill('http://127.0.0.1:9/tickets');
    await page.getByLabel(event).check();
    await press(page, 'Add the webhook');
    if (await page.getByLabel('Secret').count()) return;
    assert.ok(Date.now() < end, await page.locator('h1').textContent());
    await setTimeout(100);
  }
}

// press presses a button that leads to another page.
export async function press(page, name) {
  await Promise.all([page.waitForNavigation(), page.getByRole('button', { name }).click()]);
}

// follow follows a link.
export async function follow(page, name) {
  await Promise.all([page.waitForNavigation(), page.getByRole('link', { name }).click()]);
}

// offer offers a ticket and returns its path. About is what else is said of it, by the names of the fields.
export async function offer(page, title, price, { category, ...about } = {}) {
  await page.goto('/tickets/new');
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Price').fill(price);
  for (const [name, value] of Object.entries(about)) await page.locator(`form [name=${name}]`).fill(value);
  if (category) await page.getByLabel('Category').selectOption(category);
  await press(page, 'List ticket');
  const path = new URL(page.url()).pathname;
  assert.match(path, /^\/tickets\/\d+$/);
  return path;
}

// order orders the ticket at a path and returns the order's path.
export async function order(page, ticket) {
  await page.goto(ticket);
  await press(page, 'Order this ticket');
  const path = new URL(page.url()).pathname;
  assert.match(path, /^\/orders\/\d+$/);
  return path;
}

// pay pays the order at a path with one of the test cards.
export async function pay(page, path, card = /Visa 4242/) {
  await page.goto(path);
  await follow(page, /^Pay/);
  await page.getByLabel(card).check();
  await press(page, /^Pay/);
}

// see waits until a text is on the page.
export const see = (page, text) => page.getByText(text).first().waitFor();
