// A person's own page: the password, and where one is signed in.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newPerson, password, press, see, signIn, signUp } from './person.mjs';
import { close, open } from './system.mjs';

describe('account', () => {
  let url, browser;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  // over waits until a page that needs a session leads to signing in, which takes two seconds at most.
  async function over(page) {
    for (const end = Date.now() + 30_000; Date.now() < end;) {
      await page.goto('/orders');
      if (new URL(page.url()).pathname === '/auth/signin') return;
    }
    assert.fail('still signed in');
  }

  test('signing out elsewhere', async () => {
    const [here, phone] = [await newPerson(browser, url), await newPerson(browser, url, { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1' })];
    const email = await signUp(here, 'ada');
    await signIn(phone, email, password);
    await here.goto('/account');
    await see(here, 'Chrome on Linux');
    await see(here, 'This browser');
    await press(here, /^Sign out Safari on iPhone/);
    assert.equal(new URL(here.url()).pathname, '/account');
    assert.equal(await here.getByText('Safari on iPhone').count(), 0);
    await over(phone);
    await here.goto('/orders');
    await see(here, 'No purchases yet.');
    assert.deepEqual(here.trouble, []);
  });

  test('another password: it counts at once, and other sessions are over', async () => {
    const [here, phone] = [await newPerson(browser, url), await newPerson(browser, url)];
    const email = await signUp(here, 'bob');
    await signIn(phone, email, password);
    await here.goto('/account');
    await here.getByLabel('Current password').fill(password);
    await here.getByLabel('New password').fill('password1');
    await press(here, 'Change the password');
    await see(here, 'Choose a password');
    await here.getByLabel('Current password').fill(password);
    await here.getByLabel('New password').fill('staple battery horse');
    await press(here, 'Change the password');
    await see(here, 'Your password is changed');
    await here.goto('/account');
    assert.equal(await here.getByText('This browser').count(), 1);
    assert.equal(await here.locator('main').getByRole('button', { name: /^Sign out/ }).count(), 0);
    await over(phone);
    await signIn(phone, email, password);
    await see(phone, 'do not belong together');
    await signIn(phone, email, 'staple battery horse');
    assert.equal(new URL(phone.url()).pathname, '/');
  });
});
