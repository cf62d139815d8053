// What a person does for programs: tokens and webhooks.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addWebhook, confirm, follow, join, newPerson, press, see } from './person.mjs';
import { close, open } from './system.mjs';

describe('programs', () => {
  let url, browser;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  for (const javaScriptEnabled of [true, false]) {
    test(`a token and a webhook ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async () => {
      const ada = await newPerson(browser, url, { javaScriptEnabled, permissions: ['clipboard-read', 'clipboard-write'] });
      const email = await join(ada, 'ada');
      await ada.goto('/account');
      await follow(ada, 'Tokens');
      await ada.getByLabel('Name').fill('box <b>office</b>');
      await press(ada, 'Make the token');
      await see(ada, 'Choose one at least.');
      await ada.getByLabel('See what you sell and buy').check();
      await press(ada, 'Make the token');
      const token = await ada.getByLabel('Token').inputValue();
      const exchange = () => ada.request.post('/api/users/tokens/exchange', { data: { token } });
      assert.equal((await exchange()).status(), 200);
      if (javaScriptEnabled) {
        await ada.getByRole('button', { name: 'Copy' }).click();
        await ada.getByRole('button', { name: 'Copied' }).waitFor();
        assert.equal(await ada.evaluate(() => navigator.clipboard.readText()), token);
      } else assert.equal(await ada.getByRole('button', { name: 'Copy' }).count(), 0);
      await follow(ada, 'Done');
      assert.doesNotMatch(await ada.content(), new RegExp(token));
      await press(ada, /^End box <b>office<\/b>/);
      assert.equal((await exchange()).status(), 400);

      await ada.goto('/account');
      await follow(ada, 'webhooks');
      await ada.getByLabel('Address').fill('http://127.0.0.1:9/tickets');
      await ada.getByLabel('You list a ticket').check();
      await press(ada, 'Add the webhook');
      await see(ada, 'Your address is not confirmed');
      await confirm(ada, email);
      await addWebhook(ada, 'You list a ticket');
      const secret = await ada.getByLabel('Secret').inputValue();
      assert.match(secret, /^whsec_/);
      await follow(ada, 'Done');
      await follow(ada, 'http://127.0.0.1:9/tickets');
      await see(ada, 'Nothing yet.');
      await press(ada, 'Another secret');
      assert.notEqual(await ada.getByLabel('Secret').inputValue(), secret);
      await follow(ada, 'Done');
      await press(ada, 'Pause it');
      await see(ada, 'Not called');
      await press(ada, 'End it');
      assert.equal(await ada.getByText('127.0.0.1:9').count(), 0);
      assert.deepEqual(ada.trouble, []);
    });
  }
});
