// Forms with bad input: the message stands beside the field, the cursor in it, and what was typed is kept.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { follow, join, newPerson, offer, order, password, press, see, signUp } from './person.mjs';
import { close, open } from './system.mjs';

describe('forms', () => {
  let url, browser, page;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  // refused fills in a form, sends it, and returns what is said of a field.
  async function refused(path, values, button, field) {
    await page.goto(path);
    for (const [label, value] of Object.entries(values)) await page.getByLabel(label).fill(value);
    await press(page, button);
    const input = page.getByLabel(field);
    assert.equal(await input.getAttribute('aria-invalid'), 'true');
    for (const [label, value] of Object.entries(values)) {
      assert.equal(await page.getByLabel(label).inputValue(), label === 'Password' ? '' : value);
    }
    return input.evaluate((e) => e.getAttribute('aria-describedby').trim().split(/\s+/).map((id) => document.getElementById(id).textContent).join(' '));
  }
  const focused = () => page.evaluate(() => document.activeElement.id);

  test('signing up and in', async () => {
    page = await newPerson(browser, url);
    const taken = await signUp(page);
    await press(page, 'Sign out');
    const say = (email, secret, field) => refused('/auth/signup', { 'E-mail address': email, Password: secret }, 'Create account', field);
    assert.match(await say('nobody', password, 'E-mail address'), /Enter an e-mail address/);
    assert.equal(await focused(), 'email');
    assert.match(await say('a@example.com', 'short', 'Password'), /At least 8 characters.*8 to 128 characters/);
    assert.equal(await focused(), 'password');
    assert.match(await say('a@example.com', 'password1', 'Password'), /Choose a password/);
    assert.match(await say(taken, password, 'E-mail address'), /There is an account/);
    const login = (email, secret) => refused('/auth/signin', { 'E-mail address': email, Password: secret }, 'Sign in', 'E-mail address');
    assert.match(await login(taken, 'not the password'), /do not belong together/);
    assert.equal(await focused(), 'email');
    for (let i = 0; i < 10; i++) await login(taken, 'not the password');
    assert.match(await login(taken, 'not the password'), /too many attempts\. Please try again in \d+ minutes/);
  });

  test('offering and changing', async () => {
    page = await newPerson(browser, url);
    await join(page);
    const say = (path, title, price, field, button) => refused(path, { Title: title, Price: price }, button, field);
    assert.match(await say('/tickets/new', '   ', '5', 'Title', 'List ticket'), /1 to 255 characters/);
    assert.equal(await focused(), 'title');
    assert.match(await say('/tickets/new', '<i>Jazz</i>', '0.49', 'Price', 'List ticket'), /from 0\.50 to/);
    assert.equal(await focused(), 'price');
    assert.match(await say('/tickets/new', 'Jazz', 'free', 'Price', 'List ticket'), /from 0\.50 to/);
    const ticket = await offer(page, 'Jazz', '5');
    assert.match(await say(`${ticket}/edit`, 'Jazz', '1.234', 'Price', 'Save'), /from 0\.50 to/);
    await page.getByLabel('Price').fill('7,25');
    await press(page, 'Save');
    assert.equal(new URL(page.url()).pathname, ticket);
    await page.getByText('$7.25').waitFor();
  });

  test('a ticket whose price changes while one looks', async () => {
    const [ada, bob] = await Promise.all([newPerson(browser, url), newPerson(browser, url)]);
    await join(ada, 'ada');
    await join(bob, 'bob');
    const ticket = await offer(ada, 'Opera', '5');
    await bob.goto(ticket);
    await bob.context().setOffline(true); // he looks away, and his page gets nothing
    await ada.goto(`${ticket}/edit`);
    await ada.getByLabel('Price').fill('6');
    await press(ada, 'Save');
    await bob.context().setOffline(false);
    await press(bob, 'Order this ticket');
    const said = await bob.locator('main').textContent();
    // Either orders had the new price, and says so, or he pays the one that he saw.
    if (said.includes('$6.00')) assert.match(said, /Look at the price/);
    else assert.match(said, /\$5\.00/);
    await order(bob, await offer(ada, 'Ballet', '8'));
    assert.doesNotMatch(await bob.locator('main').textContent(), /Look at the price/);
  });

  test('a form that one user left open, when another has signed in', async () => {
    const ada = await newPerson(browser, url);
    await join(ada, 'ada');
    await ada.goto('/tickets/new');
    await ada.getByLabel('Title').fill('Cabaret & more');
    await ada.getByLabel('Price').fill('12,50');
    const bob = await ada.context().newPage();
    await bob.goto('/');
    await press(bob, 'Sign out');
    const email = await signUp(bob, 'bob');
    await press(ada, 'List ticket');
    await see(ada, 'You are signed in as somebody else now');
    await follow(ada, `Go on as ${email}`);
    assert.equal(await ada.getByLabel('Title').inputValue(), 'Cabaret & more');
    await press(ada, 'List ticket');
    await see(ada, 'You sell this ticket.');
    await see(ada, '$12.50');
    assert.deepEqual(ada.trouble, []);
  });

  test('a page that one user left open shows itself to another as the other\'s', async () => {
    const ada = await newPerson(browser, url);
    await join(ada, 'ada');
    const ticket = await offer(ada, 'Poetry slam', '5');
    const bob = await ada.context().newPage();
    await bob.goto('/');
    await press(bob, 'Sign out');
    const email = await signUp(bob, 'bob');
    await see(ada, email); // the page has loaded itself again
    assert.equal(await ada.getByText('Change it').count(), 0);
    await press(ada, 'Order this ticket');
    await see(ada, 'Waiting for payment');
    assert.match(ticket, /tickets/);
  });

  test('a form whose session has ended', async () => {
    const ada = await newPerson(browser, url);
    const email = await signUp(ada, 'ada');
    await ada.goto('/tickets/new');
    await ada.getByLabel('Title').fill('Käse-Matinée');
    await ada.getByLabel('Price').fill('9');
    await ada.context().clearCookies();
    await press(ada, 'List ticket');
    await ada.getByLabel('E-mail address').fill(email);
    await ada.getByLabel('Password').fill(password);
    await press(ada, 'Sign in');
    assert.equal(await ada.getByLabel('Title').inputValue(), 'Käse-Matinée');
    assert.equal(await ada.getByLabel('Price').inputValue(), '9');
    await press(ada, 'List ticket');
    await see(ada, 'Käse-Matinée');
    await see(ada, 'You sell this ticket.');
  });
});
