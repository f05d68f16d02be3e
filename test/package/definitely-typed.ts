/**
 * Code as it is written against `@types/jsonwebtoken`: compiled with these types, and with ours in their
 * place. Never run.
 */

import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import * as all from 'jsonwebtoken';
import jwt, {
  type Algorithm,
  type DecodeOptions,
  type GetPublicKeyOrSecret,
  JsonWebTokenError,
  type Jwt,
  type JwtHeader,
  type JwtPayload,
  NotBeforeError,
  type PrivateKey,
  type PublicKey,
  type Secret,
  type SignCallback,
  type SigningKeyCallback,
  type SignOptions,
  TokenExpiredError,
  type VerifyCallback,
  type VerifyErrors,
  type VerifyOptions,
} from 'jsonwebtoken';
import type { StringValue } from 'ms';

interface Session extends JwtPayload {
  userId: string;
  roles: string[];
}
/** What much code says of an error or of claims. */
type Anything = JwtPayload[string];
interface Account {
  id: number;
  email: string;
}
type AuthenticatedRequest = IncomingMessage & { user?: string | JwtPayload; account?: Account };

const environment = process.env as { SECRET?: string; TTL?: string; [name: string]: unknown };
const pem = 'a private key';
const passphrase = 'of the key';
const sealed: Secret = { key: pem, passphrase };
const keyObject: KeyObject = createSecretKey(Buffer.from('secret'));
const fromPem: PrivateKey = createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' });
const publicPem: PublicKey = createPublicKey(fromPem);
const token: string = jwt.sign({ sub: '1' }, 'secret');

// sign(payload, key, options?)
jwt.sign({ userId: '1', roles: [] } satisfies Partial<Session>, process.env.SECRET as string, {
  expiresIn: '1h',
});
jwt.sign('text', 'secret');
jwt.sign(Buffer.from('text'), Buffer.from('secret'), {});
jwt.sign({ at: new Date(), nested: { list: [1, null, undefined] } }, keyObject, {
  algorithm: 'HS384',
  keyid: 'one',
  expiresIn: 3600,
  notBefore: '10s',
  audience: ['a', 'b'],
  subject: 'ada',
  issuer: 'https://id.example',
  jwtid: 'x',
  mutatePayload: false,
  noTimestamp: true,
  header: { alg: 'HS384', typ: 'JWT', kid: 'one', 'x5t#S256': 'thumbprint' },
  encoding: 'utf8',
  allowInsecureKeySizes: true,
  allowInvalidAsymmetricKeyTypes: true,
});
jwt.sign({}, sealed, { algorithm: 'RS256' });
jwt.sign({}, { key: Buffer.from(pem), passphrase }, { algorithm: 'PS512' });
jwt.sign({}, { key: pem, format: 'pem', passphrase: Buffer.from(passphrase), encoding: 'utf8' });
jwt.sign({}, { key: { kty: 'EC', crv: 'P-256', d: 'd', x: 'x', y: 'y' }, format: 'jwk' });
jwt.sign({}, null, { algorithm: 'none' });
jwt.sign({}, null);

class Claims {
  sub = 'ada';
  scope: string[] = [];
}
jwt.sign({ ...new Claims() }, 'secret');
jwt.sign(new Claims(), 'secret');
const record: Record<string, unknown> = { sub: 'ada' };
jwt.sign(record, 'secret');
const session = { userId: '1', roles: ['a'] } as Session;
jwt.sign(session, 'secret');

// Lifetimes that come from elsewhere.
const lifetime: StringValue = '7 days';
jwt.sign({}, 'secret', { expiresIn: lifetime });
jwt.sign({}, 'secret', { expiresIn: (environment.TTL ?? '15m') as StringValue });
jwt.sign({}, 'secret', { expiresIn: environment.TTL as SignOptions['expiresIn'] & {} });
jwt.sign({}, 'secret', { expiresIn: Number(environment.TTL), notBefore: undefined });
jwt.sign({}, 'secret', { expiresIn: '120' });
const lifetimes = { access: '15m', refresh: '30 Days', remember: '1Y' } as const;
for (const expiresIn of Object.values(lifetimes)) jwt.sign({}, 'secret', { expiresIn });

// Options in variables.
const signOptions: SignOptions = { algorithm: 'RS256', expiresIn: '1h' };
signOptions.issuer = 'https://id.example';
signOptions.audience = ['a'];
if (environment.TTL) signOptions.expiresIn = environment.TTL as StringValue;
jwt.sign({}, pem, signOptions);
jwt.sign({}, pem, { ...signOptions, subject: 'ada' });
const partial: Partial<SignOptions> = { keyid: 'one' };
jwt.sign({}, pem, partial);
const withoutExpiry: Omit<SignOptions, 'expiresIn'> = { jwtid: 'x' };
jwt.sign({}, pem, withoutExpiry);
interface ModuleOptions {
  secret: Secret;
  signOptions?: SignOptions;
  verifyOptions?: VerifyOptions;
}
const build = ({ secret, signOptions = {} }: ModuleOptions) => jwt.sign({}, secret, signOptions);
const ttl: string | number | undefined = signOptions.expiresIn;
const audiences: string[] = ([] as string[]).concat(signOptions.audience ?? []);

// sign(payload, key, options?, callback)
jwt.sign({}, 'secret', (error, encoded) => {
  if (error) throw error;
  const signed: string | undefined = encoded;
  console.log(signed?.length, error);
});
jwt.sign({}, 'secret', { expiresIn: '1h' }, (error: Error | null, encoded?: string) => {
  console.log(error?.message, encoded);
});
jwt.sign({}, null, { algorithm: 'none' }, (error, encoded) => console.log(error, encoded));
const onSigned: SignCallback = (error, encoded) => console.log(error, encoded);
jwt.sign({}, sealed, signOptions, onSigned);
const signing = (payload: object): Promise<string> =>
  new Promise((resolve, reject) => {
    jwt.sign(payload, 'secret', signOptions, (error, encoded) => {
      if (error || !encoded) reject(error);
      else resolve(encoded);
    });
  });

// verify(token, key, options?)
const payload = jwt.verify(token, 'secret');
if (typeof payload === 'string') console.log(payload.length);
else
  console.log(
    payload.sub?.length,
    payload.exp,
    payload.aud,
    payload['custom'].anything,
    Number(payload.iat) + 1,
  );
const decoded = jwt.verify(token, 'secret') as JwtPayload;
const own = jwt.verify(token, process.env.SECRET as string) as Session;
const account = jwt.verify(token, process.env.SECRET as Secret) as Account;
const inline = jwt.verify(token, 'secret') as { id: string; iat: number };
const through = jwt.verify(token, 'secret') as unknown as Account;
const intersected = jwt.verify(token, 'secret') as Account & JwtPayload;
const either: string | JwtPayload = jwt.verify(token, 'secret', {});
const loose: object | string = jwt.verify(token, 'secret');
const { userId, roles } = jwt.verify(token, 'secret') as Session;
const anything: Anything = jwt.verify(token, 'secret');
const complete = jwt.verify(token, publicPem, { complete: true });
const { header, signature }: Jwt = complete;
const notComplete: string | JwtPayload = jwt.verify(token, publicPem, { complete: false });
const kid: string | undefined = header.kid;
jwt.verify(token, { key: 'a public key', format: 'pem' }, { algorithms: ['RS256'] as Algorithm[] });
jwt.verify(token, createPublicKey(pem), {
  algorithms: ['ES256', 'PS384'],
  audience: [/^https:/, 'api'],
  clockTimestamp: Math.floor(Date.now() / 1000),
  clockTolerance: 5,
  issuer: ['a', 'b'],
  ignoreExpiration: true,
  ignoreNotBefore: false,
  jwtid: 'x',
  nonce: 'n',
  subject: 'ada',
  maxAge: '1h',
  allowInvalidAsymmetricKeyTypes: true,
});
jwt.verify(token, 'secret', { issuer: environment.SECRET, audience: undefined, maxAge: 60 });

const verifyOptions: VerifyOptions = { algorithms: ['HS256'] };
verifyOptions.algorithms = [...(verifyOptions.algorithms ?? []), 'HS512'];
verifyOptions.algorithms.push('none');
const accepted: Algorithm[] | undefined = verifyOptions.algorithms;
const mixed: Jwt | JwtPayload | string = jwt.verify(token, 'secret', verifyOptions);
const plain = jwt.verify(token, 'secret', { ...verifyOptions, complete: false }) as Session;
const full: Jwt = jwt.verify(token, 'secret', { ...verifyOptions, complete: true });
const whole: VerifyOptions & { complete: true } = { complete: true };
const alsoFull: Jwt = jwt.verify(token, 'secret', whole);
interface ServiceOptions extends VerifyOptions {
  secret: Secret;
}
interface PayloadOptions extends Omit<VerifyOptions, 'complete'> {
  cache?: boolean;
}
const served = ({ secret, ...rest }: ServiceOptions) => jwt.verify(token, secret, rest);
const payloadOnly = (given: PayloadOptions): string | JwtPayload =>
  jwt.verify(token, 'secret', given);
interface IssuerOptions extends jwt.SignOptions {
  privateKey: Secret;
}
const issued = ({ privateKey, ...rest }: IssuerOptions) => jwt.sign({}, privateKey, rest);
const policies: Record<string, VerifyOptions> = { api: { audience: 'api' } };
function verifyAs<T extends object>(text: string, options?: VerifyOptions): T {
  return jwt.verify(text, 'secret', options) as T;
}
const role: unknown = verifyAs<{ role: string }>(token, policies['api']).role;
const subjectOf = (text: string) => jwt.verify(text, 'secret', verifyOptions).toString();

// verify(token, key, options?, callback)
jwt.verify(token, 'secret', (error, decoded) => {
  if (error instanceof TokenExpiredError) console.log(error.expiredAt.getTime());
  const sub = typeof decoded === 'object' ? decoded.sub : decoded;
  console.log(sub?.toString());
});
jwt.verify(token, 'secret', (error: Anything, decoded: Anything) =>
  console.log(error?.name, decoded.id),
);
jwt.verify(
  token,
  'secret',
  (error: VerifyErrors | null, decoded: string | JwtPayload | undefined) => {
    console.log(error?.inner, (decoded as Session).userId);
  },
);
jwt.verify(token, 'secret', (error, decoded: JwtPayload | Anything) =>
  console.log(error, decoded.sub),
);
jwt.verify(token, 'secret', { algorithms: ['HS256'] }, (error, decoded) => {
  const claims: string | JwtPayload | undefined = decoded;
  console.log(error?.message, claims);
});
jwt.verify(token, 'secret', { complete: true }, (error, decoded) => {
  console.log(error, decoded?.header.alg, decoded?.payload, decoded?.signature.length);
});
jwt.verify(token, 'secret', verifyOptions, (error, decoded) => {
  const result: Jwt | JwtPayload | string | undefined = decoded;
  console.log(error, result);
});
const onVerified: VerifyCallback = (error, decoded) => console.log(error, decoded);
jwt.verify(token, 'secret', verifyOptions, onVerified);
const onPayload: VerifyCallback<JwtPayload | string> = (error, decoded) =>
  console.log(error, decoded);
jwt.verify(token, 'secret', onPayload);
jwt.verify(token, 'secret', undefined, onPayload);

// Keys that are looked up.
const getKey: GetPublicKeyOrSecret = (header, callback) => {
  if (!header.kid) return callback(new Error('which key?'));
  callback(null, publicPem);
};
function getSigningKey(header: JwtHeader, callback: SigningKeyCallback): void {
  lookUp(header.kid, (error: Error | null, key?: { getPublicKey(): string }) => {
    callback(error, key?.getPublicKey());
  });
}
declare function lookUp(
  kid: string | null | undefined,
  done: (error: Error | null, key?: { getPublicKey(): string }) => void,
): void;
jwt.verify(token, getKey, (error, decoded) => console.log(error, decoded));
jwt.verify(token, getKey, { complete: true }, (error, decoded) => {
  console.log(error, decoded?.header.kid);
});
jwt.verify(token, getSigningKey, { algorithms: ['RS256'] }, (error, decoded) => {
  if (error) return console.error(error.name);
  console.log((decoded as JwtPayload)['email']);
});
jwt.verify(
  token,
  (header, callback) => callback(null, header.alg === 'none' ? undefined : 'secret'),
  verifyOptions,
  (error, decoded) => console.log(error, decoded),
);
jwt.verify(
  token,
  async ({ kid }, callback) => callback(null, await Promise.resolve(`secret of ${kid}`)),
  (error, decoded) => console.log(error, decoded),
);
const wrapped = (header: JwtHeader) =>
  new Promise<Secret | PublicKey | undefined>((resolve, reject) => {
    getKey(header, (error, key) => (error ? reject(error) : resolve(key)));
  });
const promised = new Promise<Session>((resolve, reject) => {
  jwt.verify(token, getKey, verifyOptions, (error, decoded) => {
    if (error) reject(error);
    else resolve(decoded as Session);
  });
});
const exported = (key: PublicKey) => createPublicKey(key).export({ type: 'spki', format: 'pem' });
const reopened = (key: PrivateKey) => createPrivateKey(key).asymmetricKeyType;

// decode
const parts = jwt.decode(token, { complete: true });
const keyId: string | undefined = jwt.decode(token, { complete: true })?.header.kid;
const claims: JwtPayload | null = jwt.decode(token, { json: true });
const seen: null | string | JwtPayload = jwt.decode(token);
const expiry = (jwt.decode(token) as { exp: number }).exp;
const seenSession = jwt.decode(token) as Session | null;
const decodeOptions: DecodeOptions = { complete: false, json: undefined };
const flexible: string | JwtPayload | null = jwt.decode(token, decodeOptions);
if (parts && typeof parts.payload !== 'string') console.log(parts.payload.iss, claims?.exp);

// Errors
try {
  jwt.verify(token, 'secret');
} catch (error) {
  if (error instanceof jwt.TokenExpiredError) console.log(error.expiredAt, error.message);
  else if (error instanceof NotBeforeError) console.log(error.date.toISOString());
  else if (error instanceof all.JsonWebTokenError) console.log(error.inner.stack, error.name);
  const { message } = error as VerifyErrors;
  console.log(message);
}
throwAll(new JsonWebTokenError('no'), new JsonWebTokenError('no', new Error('inner')));
throwAll(new TokenExpiredError('late', new Date()), new jwt.NotBeforeError('early', new Date()));
function throwAll(...errors: VerifyErrors[]): void {
  for (const error of errors) console.log(error.message);
}
class Unauthorized extends JsonWebTokenError {
  status = 401;
}
const statusOf = (error: Error) => (error instanceof Unauthorized ? error.status : 500);

// Members of the module, its types by way of the namespace, and its functions as values.
const options: jwt.SignOptions & jwt.VerifyOptions = { subject: 'ada' };
const named: all.JwtPayload | jwt.JwtPayload = { sub: 'ada', custom: 1 };
all.sign(named, 'secret', options);
type Decoded = ReturnType<typeof jwt.decode>;
type Arguments = Parameters<typeof jwt.sign>;
type Verified = ReturnType<typeof jwt.verify>;
const asParameters: Parameters<typeof jwt.verify> = [token, 'secret', {}, () => {}];
jwt.verify(...asParameters);
const nothing: Verified = jwt.verify(token, 'secret', () => {});
const decodedAgain: Decoded = jwt.decode(token);
const unsigned: Arguments[2] = { algorithm: 'none' };
const verifyLater = promisify<string, Secret, JwtPayload | string | undefined>(jwt.verify);
const verifyWith = promisify<string, Secret, VerifyOptions, unknown>(jwt.verify);
const signLater = promisify<object, Secret, SignOptions, string | undefined>(jwt.sign);
const verifyPlainly = promisify(jwt.verify);
const signPlainly = promisify(jwt.sign) as unknown as (
  payload: object,
  secret: Secret,
) => Promise<string>;
const verifyAnyhow = (...given: Parameters<typeof jwt.verify>) => jwt.verify(...given);
const library: typeof jwt = jwt;
const fakeVerify: typeof jwt.verify = (): Anything => ({ sub: 'ada' });
const fakeSign: typeof jwt.sign = (): Anything => 'token';
const fakeDecode: typeof jwt.decode = (): Anything => null;
const checks: Array<typeof jwt.verify> = [jwt.verify, fakeVerify];
const { sign, verify: check, decode = jwt.decode } = jwt;
const injected = { sign, check, decode, library };
class TokenService {
  private readonly library: Pick<typeof jwt, 'sign' | 'verify'>;
  constructor(library: Pick<typeof jwt, 'sign' | 'verify'> = jwt) {
    this.library = library;
  }
  issue(user: Account, overrides: SignOptions = {}): string {
    return this.library.sign({ ...user }, environment.SECRET ?? '', {
      expiresIn: '1d',
      ...overrides,
    });
  }
  read(text: string): Account {
    return this.library.verify(text, environment.SECRET ?? '') as Account;
  }
}

// A middleware.
export function authenticate(request: AuthenticatedRequest, next: (error?: unknown) => void) {
  const [, bearer] = request.headers.authorization?.split(' ') ?? [];
  if (!bearer) return next(new JsonWebTokenError('jwt must be provided'));
  jwt.verify(bearer, environment.SECRET as string, (error, user) => {
    if (error) return next(error);
    request.user = user as JwtPayload;
    request.account = user as unknown as Account;
    next();
  });
  try {
    request.user = jwt.verify(bearer, String(environment.SECRET));
  } catch {
    next();
  }
}

export {
  accepted,
  account,
  alsoFull,
  anything,
  audiences,
  build,
  checks,
  decoded,
  decodedAgain,
  either,
  expiry,
  exported,
  fakeDecode,
  fakeSign,
  flexible,
  full,
  injected,
  inline,
  intersected,
  issued,
  keyId,
  kid,
  loose,
  mixed,
  notComplete,
  nothing,
  own,
  payloadOnly,
  plain,
  promised,
  reopened,
  role,
  roles,
  seen,
  seenSession,
  served,
  signature,
  signing,
  signLater,
  signPlainly,
  statusOf,
  subjectOf,
  TokenService,
  through,
  ttl,
  unsigned,
  userId,
  verifyAnyhow,
  verifyLater,
  verifyPlainly,
  verifyWith,
  wrapped,
};
