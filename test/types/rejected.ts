/** Lines that must not compile, each under its reason. Checked by tsc, never run. */

import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { createAuthenticator, type ProtectedResource } from '../../src/http/index.ts';
import {
  type Algorithm,
  createSigner,
  createVerifier,
  decode,
  type ErrorCode,
  type GetPublicKeyOrSecret,
  type JwtPayload,
  type KeySource,
  sign,
  signAsync,
  type Timespan,
  type VerifierOptions,
  verify,
  verifyAsync,
} from '../../src/index.ts';

declare const token: string;
declare const key: KeyObject;
declare const environment: Record<string, string | undefined>;
declare const maybe: string | undefined;
declare const anyText: string;
declare const claims: { sub?: string };
declare const source: KeySource;
declare function take<Value>(value: Value): void;
declare const getKey: GetPublicKeyOrSecret;
const schema = z.object({ role: z.enum(['admin', 'user']) });
interface MyClaims {
  sub: string;
  level: number;
}

// Names of options.

// @ts-expect-error the option is called algorithms
verify(token, key, { algorithm: ['HS256'] });
// @ts-expect-error a name that is misspelt, beside one that is right
verify(token, key, { algorithms: ['HS256'], isuer: 'a' });
// @ts-expect-error a name that is misspelt, with required claims
verify(token, key, { requiredClaims: ['sub'], audiance: 'a' });
// @ts-expect-error a name that is misspelt, with a schema
verify(token, key, { schema, complte: true });
// @ts-expect-error a name that is misspelt, with a type argument
verify<MyClaims>(token, key, { isuer: 'a' });
// @ts-expect-error a name that is misspelt, with a callback
verify(token, key, { isuer: 'a' }, () => {});
// @ts-expect-error a name that is misspelt, with a promise
verifyAsync(token, key, { algorithms: ['HS256'], isuer: 'a' });
// @ts-expect-error a name that is misspelt
decode(token, { compleet: true });
// @ts-expect-error the option is called expiresIn
sign({}, key, { algorithm: 'HS256', expireIn: '1h' });
// @ts-expect-error a name that is misspelt
signAsync({}, key, { expire: '1h' });
// @ts-expect-error a name that is misspelt
createSigner(key, { issuer: 'a', subjekt: 'b' });
// @ts-expect-error a name that is misspelt, beside one that is right
createVerifier(key, { algorithms: ['HS256'], isuer: 'a' });
// @ts-expect-error a name that is misspelt, with a key source
createVerifier(source, { isuer: 'a', complete: true });
// @ts-expect-error a name that is misspelt, with a schema
createVerifier(key, { schema, isuer: 'a' });
// @ts-expect-error a name that is misspelt, with a type argument
createVerifier<MyClaims>(key, { isuer: 'a', async: true });
// @ts-expect-error an option of sign and verify only
createVerifier(key, { clockTimestamp: 0 });
// @ts-expect-error an option of sign and verify only
createSigner(key, { mutatePayload: true });

// Algorithms.

// @ts-expect-error no such algorithm
verify(token, key, { algorithms: ['HS265'] });
// @ts-expect-error a list, not a name
verify(token, key, { algorithms: 'HS256' });
// @ts-expect-error a list of any text
verify(token, key, { algorithms: [anyText] });
// @ts-expect-error no such algorithm
sign({}, key, { algorithm: 'rs256' });
// @ts-expect-error no such algorithm
createSigner(key, { algorithm: 'RSA' });
// @ts-expect-error no such algorithm
createVerifier(key, { algorithms: ['ES255'] });
// @ts-expect-error no such algorithm
take<Algorithm>('RS128');
// @ts-expect-error none goes without a key
createVerifier(null, { algorithms: ['HS256'] });
// @ts-expect-error none cannot be in a list
createVerifier(null, { algorithms: ['none', 'HS256'] });
// @ts-expect-error no key and no word of none
createVerifier(null);
// @ts-expect-error no key and no word of none
createSigner(undefined);
// @ts-expect-error no key, but an algorithm that needs one
createSigner(null, { algorithm: 'HS256' });
// @ts-expect-error no key, but an algorithm that needs one
sign({}, null, { algorithm: 'HS256' });
// @ts-expect-error no key and no list of algorithms
verify(token, null);

// A policy is there or left out, never undefined.

// @ts-expect-error undefined would not be checked
createVerifier(key, { issuer: undefined });
// @ts-expect-error from an environment that lacks it
createVerifier(key, { audience: environment['AUDIENCE'] });
// @ts-expect-error undefined would not be checked
createVerifier<MyClaims>(key, { subject: maybe });
// @ts-expect-error undefined would not be checked, with a key source
createVerifier(source, { typ: undefined });
// @ts-expect-error undefined would not be checked, with a schema
createVerifier(key, { schema, maxAge: undefined });
// @ts-expect-error undefined is not a schema
createVerifier(key, { schema: undefined });
// @ts-expect-error undefined is not a list
createVerifier(key, { requiredClaims: undefined });
// @ts-expect-error undefined would make no iss
createSigner(key, { issuer: maybe });
// @ts-expect-error undefined would make no exp
createSigner(key, { expiresIn: undefined });
// @ts-expect-error undefined would make no exp
sign({}, key, { expiresIn: undefined });
// @ts-expect-error undefined would not be checked
take<VerifierOptions>({ nonce: undefined });

// Types of values.

// @ts-expect-error an issuer is text
verify(token, key, { issuer: 42 });
// @ts-expect-error an issuer is text
createVerifier(key, { issuer: 42 });
// @ts-expect-error true names no issuer
createVerifier(key, { issuer: true });
// @ts-expect-error a RegExp is for audiences
createVerifier(key, { issuer: /a/ });
// @ts-expect-error an audience is text
sign({}, key, { audience: 42 });
// @ts-expect-error null is allowed in a list only
createVerifier(key, { typ: null });
// @ts-expect-error a flag
verify(token, key, { ignoreExpiration: 'yes' });
// @ts-expect-error a flag
verify(token, key, { complete: 1 });
// @ts-expect-error names of claims
verify(token, key, { requiredClaims: [1] });
// @ts-expect-error a list of names
createVerifier(key, { requiredClaims: 'sub' });
// @ts-expect-error not a validator
verify(token, key, { schema: (value: unknown) => value });
// @ts-expect-error not a validator
createVerifier(key, { schema: { parse: () => ({}) } });
// @ts-expect-error what the schema lets through is not what was named
createVerifier<MyClaims, false>(key, { schema, complete: true });
// @ts-expect-error a function that tells milliseconds
createVerifier(key, { clock: new Date() });

// Timespans.

// @ts-expect-error a number in text has no unit
createSigner(key, { expiresIn: '3600' });
// @ts-expect-error a number in text has no unit
createVerifier(key, { maxAge: '3600' });
// @ts-expect-error a number in text has no unit
createVerifier(key, { clockTolerance: '5' });
// @ts-expect-error no such unit
createSigner(key, { expiresIn: '3 fortnights' });
// @ts-expect-error no such unit
sign({}, key, { expiresIn: '3 fortnights' });
// @ts-expect-error any text
sign({}, key, { expiresIn: anyText });
// @ts-expect-error a date is not a span
sign({}, key, { notBefore: new Date() });
// @ts-expect-error a number in text has no unit
take<Timespan>('90');

// Keys.

// @ts-expect-error not a key
verify(token, 42);
// @ts-expect-error not a key
sign({}, 42);
// @ts-expect-error not a key
createVerifier(42);
// @ts-expect-error not a key
createSigner(true);
// @ts-expect-error an object without any member of a key
createVerifier({ secret: 'x' });
// @ts-expect-error a list of keys
createVerifier([key]);
// @ts-expect-error not a key
sign({}, new Date());
// @ts-expect-error may be undefined
verify(token, environment['SECRET']);
// @ts-expect-error may be undefined
verifyAsync(token, environment['SECRET']);
// @ts-expect-error may be undefined
sign({}, environment['SECRET']);
// @ts-expect-error may be undefined
signAsync({}, environment['SECRET']);
// @ts-expect-error may be undefined
createVerifier(environment['SECRET']);
// @ts-expect-error a promise, not a key
verify(token, Promise.resolve(key));
// @ts-expect-error a promise, not a key
createVerifier(Promise.resolve(key));
// @ts-expect-error a promise, not a key
signAsync({}, Promise.resolve(key));
// @ts-expect-error a signer has one key, not a source
createSigner(() => key);
// @ts-expect-error verify passes (header, callback)
createVerifier(getKey);
// @ts-expect-error verify passes (header, callback)
verifyAsync(token, getKey);
// @ts-expect-error a source returns a key
createVerifier(() => 42);
// @ts-expect-error a source returns a key
verifyAsync(token, async () => new Map<string, string>());
// @ts-expect-error the header is a part of what a source is given
createVerifier(({ kid }) => `secret of ${kid}`);

// Tokens and payloads.

// @ts-expect-error may be undefined
verify(maybe, key);
// @ts-expect-error may be undefined
createVerifier(key)(maybe);
// @ts-expect-error not text
decode(Buffer.from(token));
// @ts-expect-error a prepared signer takes objects
createSigner(key)('text');
// @ts-expect-error a prepared signer takes objects
createSigner(key)(null);
// @ts-expect-error a number is no payload
sign(42, key);
// @ts-expect-error there is no payload
sign(undefined, key);

// Results.

// @ts-expect-error the payload may be text
verify(token, key).iss;
// @ts-expect-error the payload may be text
take<JwtPayload>(verify(token, key));
// @ts-expect-error claims are not what a variable would like them to be
take<MyClaims>(verify(token, key));
// @ts-expect-error claims are not what a variable would like them to be
take<MyClaims>(createVerifier(key)(token));
// @ts-expect-error nor what a promise should hold
take<Promise<MyClaims>>(verifyAsync(token, key));
// @ts-expect-error sub may be absent
take<string>(createVerifier(key)(token).sub);
// @ts-expect-error another claim is required
take<number>(createVerifier(key, { requiredClaims: ['sub'] })(token).exp);
// @ts-expect-error the schema knows no sub
createVerifier(key, { schema, requiredClaims: ['sub'] })(token).sub;
// @ts-expect-error the schema says which
take<'owner'>(verify(token, key, { schema }).role);
// @ts-expect-error all parts, not the claims
createVerifier(key, { complete: true })(token).sub;
// @ts-expect-error a promise is not the claims
createVerifier(key, { async: true })(token).sub;
// @ts-expect-error a promise is not the claims
createVerifier(async () => key)(token).sub;
// @ts-expect-error a key source that may be asynchronous: so is the verifier
createVerifier(source)(token).sub;
// @ts-expect-error there may be nothing
decode(token).sub;
// @ts-expect-error there may be nothing
decode(token, { complete: true }).header;
// @ts-expect-error a promise is not a token
take<string>(createSigner(key, { async: true })(claims));
// @ts-expect-error without a promise there is nothing to wait for
createSigner(key)(claims).then();
// @ts-expect-error with a callback there is no result
take<string>(sign({}, key, () => {}));
// @ts-expect-error without a callback there is no promise
verify(token, key).then();
// @ts-expect-error not a code
take<ErrorCode>('ERR_JWT_EXPIRED');

// What a resource decides.

declare const resource: ProtectedResource;
take(createAuthenticator({ resource, scopes: 'orders:read', implies: { a: 'b' } }));
// @ts-expect-error the resource decides the audience
createAuthenticator({ resource, audience: 'api' });
// @ts-expect-error each issuer of the resource has its algorithms
createAuthenticator({ resource, algorithms: ['RS256'] });
// @ts-expect-error the resource has the key
createAuthenticator({ resource, key });
// @ts-expect-error the resource decides whether a sender is confirmed
createAuthenticator({ resource, allowUnconfirmed: true });
