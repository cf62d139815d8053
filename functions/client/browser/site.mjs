// All suites but those with systems of their own, on one system and in one browser.
import { after } from 'node:test';
import { close, open } from './system.mjs';

await open();
after(close);
for (const suite of ['purchase', 'pass', 'selling', 'forms', 'account', 'mails', 'programs', 'noscript', 'keyboard', 'looks']) await import(`./${suite}.test.mjs`);
