import { expect, it } from 'vitest';
import { createTestIssuer } from '../../src/testing/index.ts';
import { errorOf, rejectionOf } from '../fixtures/outcome.ts';
import { read } from './pages.ts';

const page = read('docs/guide/test-without-an-identity-provider.md');
const rows = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
const issuer = await createTestIssuer({ algorithm: 'ES256' });

/** The names that a message lists. */
const listed = ({ message }: Error) => message.split(/(?:one of|array of) |, got /)[1]?.split(', ');

it('the page of the test issuer has a row for each option, fault and outage', async () => {
  const errors = [
    await rejectionOf(createTestIssuer({ zzzzzzzzzz: true } as never)),
    await rejectionOf(issuer.token({}, 'zzzzzzzzzz' as never)),
    errorOf(() => issuer.outage('zzzzzzzzzz' as never)),
  ];
  const names = errors.flatMap((error) => listed(error) ?? []);
  expect(names).toEqual(expect.arrayContaining(['listen', 'tampered', 'truncated']));
  expect([...rows].sort()).toEqual([...names].sort());
});
