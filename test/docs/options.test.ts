import { describe, expect, it } from 'vitest';
import { AuthError, type AuthReason, createAuthenticator } from '../../src/http/index.ts';
import { errorOf } from '../fixtures/outcome.ts';
import { read } from './pages.ts';

/** The cells of every table row, without code marks. */
const rows = read('docs/guide/options.md')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('`', '')))
  .map(([, ...cells]) => cells);

/** The names that a message lists after "one of". */
const namesIn = (call: () => unknown) =>
  errorOf(call).message.split('one of ')[1]?.split(', ') ?? [];

describe('the page of options', () => {
  it('has a row for every option of createAuthenticator', () => {
    const named = rows.flatMap(([names = '']) => names.split(', '));
    const options = namesIn(() => createAuthenticator({ zzzzzzzzzz: true } as never));
    expect(options).toContain('isRevoked');
    expect(options.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('has the code, the status and the challenge of every reason', () => {
    const reasons = namesIn(() => new AuthError('zzz' as never)) as AuthReason[];
    const expected = reasons.map((reason) => {
      const { code, status, headers } = new AuthError(reason);
      const { 'WWW-Authenticate': challenge, 'Retry-After': retry } = headers;
      const error = challenge && (/ error="(\w+)"/.exec(challenge)?.[1] ?? 'none');
      return [reason, code, String(status), error ?? (retry ? 'Retry-After' : 'no header')];
    });
    const documented = rows
      .filter(([reason = '']) => (reasons as string[]).includes(reason))
      .map(([reason, code, status, cell = '']) => {
        const [challenge] = /Retry-After|no header|\w+/.exec(cell.replace('no header; ', '')) ?? [];
        return [reason, code, status, challenge];
      });
    expect(documented).toEqual(expected);
  });
});
