// What the buyer gets: a pass, which its ticket's seller marks as used, once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { follow, join, newPerson, offer, order, pay, press, see } from './person.mjs';
import { close, open } from './system.mjs';

describe('pass', () => {
  let url, browser;
  before(async () => { ({ url, browser } = await open()); });
  after(close);

  // sold returns a seller and a buyer, without JavaScript if that is said, and the path of the order that was paid.
  async function sold(title, options) {
    const [ada, bob] = await Promise.all([0, 1].map(() => newPerson(browser, url, options)));
    await join(ada, 'ada');
    await join(bob, 'bob');
    const path = await order(bob, await offer(ada, title, '42.50'));
    await pay(bob, path);
    await see(bob, 'The ticket is yours.');
    return { ada, bob, path };
  }

  // verify is the address that the pass's picture leads to.
  const verify = async (buyer, path) => `/verify/${(await (await buyer.request.get(`/api${path}/pass`)).json()).code}`;

  test('shown by its buyer, marked as used by its seller, once', async () => {
    const { ada, bob, path } = await sold('Cup final <b>north</b>');
    await follow(bob, 'Show your pass');
    await bob.getByRole('img', { name: 'QR code of this pass' }).waitFor();
    const file = await bob.request.get(`${path}/pass.pdf`);
    assert.equal(file.headers()['content-type'], 'application/pdf');
    assert.equal((await file.body()).subarray(0, 5).toString(), '%PDF-');
    const address = await verify(bob, path);
    await ada.goto(address);
    await see(ada, 'This pass was not used yet.');
    await press(ada, 'Mark as used');
    await see(ada, 'Let its holder in.');
    await ada.goto(await verify(bob, path)); // of another picture of it
    await see(ada, 'it was used on');
    assert.equal(await ada.getByRole('button', { name: 'Mark as used' }).count(), 0);
    await bob.goto(`${path}/pass`);
    await see(bob, 'This pass was used on');
    assert.deepEqual([...ada.trouble, ...bob.trouble], []);
  });

  test('two doors at once', async () => {
    const { ada, bob, path } = await sold('Jazz in the park');
    const second = await ada.context().newPage();
    const address = await verify(bob, path);
    await Promise.all([ada.goto(address), second.goto(address)]);
    await Promise.all([press(ada, 'Mark as used'), press(second, 'Mark as used')]);
    const seen = await Promise.all([ada, second].map((page) => page.locator('main').innerText()));
    assert.equal(seen.filter((text) => text.includes('Let its holder in.')).length, 1, seen.join('\n'));
    assert.equal(seen.filter((text) => text.includes('It was used before.')).length, 1, seen.join('\n'));
  });

  test('without JavaScript, and for others', async () => {
    const { ada, bob, path } = await sold('Comedy night', { javaScriptEnabled: false });
    const address = await verify(bob, path);
    const guest = await newPerson(browser, url, { javaScriptEnabled: false });
    await guest.goto(address);
    await see(guest, 'Do you sell this ticket?');
    await guest.goto(`${address.slice(0, -9)}AAAAAAAAA`);
    await see(guest, 'This is not a genuine pass');
    await guest.goto(`${path}/pass`);
    assert.equal(new URL(guest.url()).pathname, '/auth/signin');
    assert.equal((await ada.goto(`${path}/pass`)).status(), 403); // she sells the ticket, and has not bought it
    await bob.goto(address);
    await see(bob, 'Only the person who sells the ticket can mark it as used.');
    await ada.goto(address);
    await press(ada, 'Mark as used');
    await see(ada, 'Let its holder in.');
  });

  test('what the seller wrote is for the buyer alone, once it is paid', async () => {
    const [ada, bob] = await Promise.all([0, 1].map(() => newPerson(browser, url)));
    await join(ada, 'ada');
    await join(bob, 'bob');
    const ticket = await offer(ada, 'Flamenco evening', '33');
    await ada.goto(`${ticket}/edit`);
    await follow(ada, /^What the buyer gets/);
    await ada.getByLabel("The ticket's text or code").fill('Gate 3, row <7>\nCode 4711');
    await press(ada, 'Save');
    const path = await order(bob, ticket);
    assert.equal(await bob.getByText('Code 4711').count(), 0);
    assert.equal((await bob.request.get(`/api${ticket}/attachment`)).status(), 401);
    await pay(bob, path);
    await see(bob, 'Gate 3, row <7>'); // as soon as tickets has heard of it
    await bob.goto(`${path}/pass`);
    await see(bob, 'Code 4711');
    assert.equal((await ada.goto(`${ticket}/attachment`)).status(), 403); // it cannot be changed any more
    assert.deepEqual([...ada.trouble, ...bob.trouble], []);
  });

  test('on one sheet of paper', async () => {
    const { bob, path } = await sold(`A long title ${'of many words '.repeat(16)}`);
    await bob.emulateMedia({ colorScheme: 'dark' });
    await bob.goto(`${path}/pass`);
    for (const format of ['A4', 'Letter']) {
      const sheets = (await bob.pdf({ format })).toString('latin1').match(/\/Type \/Page\b/g).length;
      assert.equal(sheets, 1, format);
    }
  });
});
