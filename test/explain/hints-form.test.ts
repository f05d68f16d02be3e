import { describe, expect, it } from 'vitest';
import { explain, explainUnverified } from '../../src/explain/index.ts';
import { secret } from '../fixtures/keys.ts';
import { forge, NOW, segment, tokenOf } from '../fixtures/tokens.ts';

const token = tokenOf({ sub: 'ada' });

async function namesOf(text: unknown, options = {}): Promise<string[]> {
  const { hints } = await explain(text, secret, { clock: () => NOW * 1000, ...options });
  return hints.map(({ hint }) => hint);
}

describe('hints about what is around a token', () => {
  it.each([
    ['bearer-prefix', `Bearer ${token}`],
    ['bearer-prefix', `bearer  ${token}`],
    ['bearer-prefix', `Authorization: Bearer ${token}`],
    ['quotes', `"${token}"`],
    ['quotes', `'${token}'`],
    ['quotes', `\u201c${token}\u201d`],
    ['white-space', `${token}\n`],
    ['white-space', ` ${token}`],
    ['white-space', token.replace('.', '.\r\n ')],
    ['white-space', `\ufeff${token}\u200b`],
  ])('name %s', async (hint, text) => {
    expect(await namesOf(text)).toEqual([hint]);
  });

  it('name all that has to be removed', async () => {
    expect(await namesOf(`"Bearer ${token}\n"`)).toEqual([
      'bearer-prefix',
      'quotes',
      'white-space',
    ]);
  });

  it.each([
    ['a token that parses', token],
    ['text that is no token without the prefix', 'Bearer secret'],
    ['text that is no token without quotes', '"a.b.c"'],
    ['text that is no token without white space', 'a b'],
    ['an empty token', ''],
    ['a token that is no string', { token }],
    ['very long text', ' '.repeat(200_000) + token],
  ])('are absent for %s', async (_, text) => {
    expect(await namesOf(text)).toEqual([]);
  });

  it('never change the outcome', async () => {
    const { outcome, code, hints } = await explain(`Bearer ${token}`, secret);
    expect({ outcome, code, count: hints.length }).toEqual({
      outcome: 'rejected',
      code: 'ERR_TOKEN_MALFORMED',
      count: 1,
    });
  });

  it('are found without a key', async () => {
    expect((await explainUnverified(`Bearer ${token}`)).hints).toMatchObject([
      { hint: 'bearer-prefix', check: 'token' },
    ]);
  });
});

describe('the hint encrypted', () => {
  const header = segment({ alg: 'dir', enc: 'A256GCM' });

  it('is shown for five parts whose header names an encryption', async () => {
    expect(await namesOf(`${header}..aa.aa.aa`)).toEqual(['encrypted']);
    expect(await namesOf(`Bearer ${header}..aa.aa.aa`)).toEqual(['encrypted']);
  });

  it('is absent for five other parts', async () => {
    expect(await namesOf('1.2.3.4.5')).toEqual([]);
    expect(await namesOf(`${segment({ alg: 'dir' })}..aa.aa.aa`)).toEqual([]);
    expect(await namesOf(`${header}..aa.aa.aa.aa`)).toEqual([]);
  });
});

describe('the hint padding', () => {
  const padded = (text: string) =>
    text
      .split('.')
      .map((part) => part.padEnd(Math.ceil(part.length / 4) * 4, '='))
      .join('.');
  const signer = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/1';
  const alb = { alg: 'HS256', signer, iss: 'https://id.example' };
  const textOf = async (text: string, options = {}) =>
    (await explain(text, secret, { clock: () => NOW * 1000, ...options })).hints[0]?.text;

  it('is shown for parts with "="', async () => {
    expect(await namesOf(padded(token))).toEqual(['padding']);
    expect(await textOf(padded(token))).toContain('RFC 7515');
    expect(await namesOf(`Bearer ${padded(token)}`)).toEqual(['bearer-prefix', 'padding']);
  });

  it('names the AWS load balancer that is the signer', async () => {
    expect(await textOf(padded(forge(alb, { sub: 'ada' })))).toContain('AWS load balancer');
  });

  it('is shown for a token of a load balancer whose padding was removed', async () => {
    const input = `${segment(alb)}.${segment({ sub: 'a' })}`;
    expect(input).toMatch(/^(?:.{4})*.{1,3}\.|\.(?:.{4})*.{1,3}$/);
    expect(await textOf(`${input}.${'A'.repeat(43)}`)).toContain('with its padding');
  });

  it('is shown for "iss" in the header of a load balancer', async () => {
    const text = padded(forge(alb, { sub: 'ada' }));
    const options = { issuer: 'https://id.example', allowPadding: true };
    const { hints } = await explain(text, secret, options);
    expect(hints).toMatchObject([{ hint: 'padding', check: 'iss' }]);
    expect(hints[0]?.text).toContain('into the header');
  });

  it('is absent for a token that is damaged besides', async () => {
    expect(await namesOf(`${padded(token)}.x`)).toEqual([]);
    expect(await namesOf('a=.b=.c=')).toEqual([]);
  });

  it('is absent for another issuer that writes claims into its header', async () => {
    const header = { alg: 'HS256', iss: 'me', signer: 'me' };
    expect(await namesOf(forge(header, {}), { issuer: 'me' })).toEqual([]);
  });
});
