// The published documents are valid by validators that others wrote, and say nothing those warn about.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { DiagnosticSeverity, Parser } from '@asyncapi/parser';
import { Validator } from '@seriousme/openapi-schema-validator';

const read = (name) => readFile(new URL(`../../../shared/api/${name}`, import.meta.url), 'utf8');

test('openapi.json is OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(await read('openapi.json')));
  assert.ok(valid, JSON.stringify(errors, null, 2));
  assert.equal(validator.version, '3.1');
});

test('a mistake in openapi.json is found', async () => {
  const document = JSON.parse(await read('openapi.json'));
  delete document.info.title;
  assert.equal((await new Validator().validate(document)).valid, false);
});

test('asyncapi.json is AsyncAPI 3.0', async () => {
  const { document, diagnostics } = await new Parser().parse(await read('asyncapi.json'));
  const errors = diagnostics.filter(({ severity }) => severity === DiagnosticSeverity.Error);
  assert.deepEqual(errors, []);
  assert.equal(document.version(), '3.0.0');
});
