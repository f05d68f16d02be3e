/**
 * What jotkit does in the runtime that runs this: which algorithms sign and verify with which forms of
 * key, what is said where the runtime lacks one, and the rules that must hold everywhere.
 *
 * `keys` come from keys.mjs. Plain JavaScript, so that every runtime reads it as it is.
 */

import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';

/** Returns `{ algorithms: { [alg]: support }, broken: { [rule]: message } }`. */
export async function matrix(jotkit, keys) {
  const algorithms = {};
  for (const [alg, material] of Object.entries(keys)) {
    algorithms[alg] = await support(jotkit, alg, material);
  }
  const broken = {};
  for (const [rule, check] of Object.entries(rules)) {
    try {
      await check(jotkit, keys);
    } catch (error) {
      broken[rule] = String(error?.message ?? error);
    }
  }
  return { algorithms, broken };
}

/**
 * `runtime` says whether node:crypto has the algorithm, without jotkit; `forms` says what jotkit
 * does with each form of key: 'yes', 'lacking' where the runtime has no such key, or what went wrong;
 * `rejection` is what jotkit says by the name of the algorithm alone, null if it has nothing to say.
 */
async function support(jotkit, alg, material) {
  const forms = {};
  for (const [form, make] of Object.entries(formsOf(alg, material))) {
    let pair;
    try {
      pair = await make();
    } catch {
      forms[form] = 'lacking';
      continue;
    }
    try {
      await checkRoundTrip(jotkit, alg, pair, material.token);
      forms[form] = 'yes';
    } catch (error) {
      forms[form] = `${error?.name}: ${error?.message}`;
    }
  }
  return { runtime: hasNatively(material), forms, rejection: rejectionOf(jotkit, alg) };
}

function hasNatively({ hash, scheme, token, secret, private: pair, public: open }) {
  if (secret) return true;
  try {
    const [input, signature] = halves(token);
    const data = Buffer.from(input);
    const publicKey = { key: open.pem, ...scheme };
    const privateKey = { key: pair.pem, ...scheme };
    const own = crypto.sign(hash, data, privateKey);
    return (
      crypto.verify(hash, data, publicKey, Buffer.from(signature, 'base64url')) &&
      crypto.verify(hash, data, publicKey, own)
    );
  } catch {
    return false;
  }
}

function rejectionOf(jotkit, alg) {
  try {
    jotkit.createVerifier(() => null, { algorithms: [alg] });
    return null;
  } catch (error) {
    return { type: error instanceof TypeError, code: error.code, message: error.message };
  }
}

/** Every form of key as a function that makes a pair; it throws where the runtime has no such key. */
function formsOf(alg, material) {
  const bytes = (text) => Buffer.from(text, 'base64url');
  if (material.secret) {
    const secret = bytes(material.secret);
    const both = (key) => ({ signing: key, verifying: key });
    return {
      text: () => both(material.secret.slice(0, 64)),
      bytes: () => both(new Uint8Array(secret)),
      JWK: () => both({ kty: 'oct', k: material.secret }),
      KeyObject: () => both(crypto.createSecretKey(secret)),
      CryptoKey: async () => both(await cryptoKey('raw', secret, alg, ['sign', 'verify'])),
    };
  }
  const { private: pair, public: open } = material;
  return {
    text: () => ({ signing: pair.pem, verifying: open.pem }),
    bytes: () => ({ signing: bytes(pair.der), verifying: bytes(open.der) }),
    JWK: () => ({ signing: pair.jwk, verifying: open.jwk }),
    KeyObject: () => ({
      signing: crypto.createPrivateKey(pair.pem),
      verifying: crypto.createPublicKey(open.pem),
    }),
    CryptoKey: async () => ({
      signing: await cryptoKey('pkcs8', bytes(pair.der), alg, ['sign']),
      verifying: await cryptoKey('spki', bytes(open.der), alg, ['verify']),
    }),
  };
}

function cryptoKey(format, bytes, alg, usages) {
  return crypto.subtle.importKey(format, bytes, schemeOf(alg), false, usages);
}

function schemeOf(alg) {
  const hash = `SHA-${alg.slice(2)}`;
  switch (alg.slice(0, 2)) {
    case 'HS':
      return { name: 'HMAC', hash };
    case 'RS':
      return { name: 'RSASSA-PKCS1-v1_5', hash };
    case 'PS':
      return { name: 'RSA-PSS', hash };
    case 'ES':
      return { name: 'ECDSA', namedCurve: curves[alg] };
    default:
      return { name: alg === 'EdDSA' ? 'Ed25519' : alg };
  }
}

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', ES256K: 'K-256' };

/** Both entrances, now and later, and a token that was signed elsewhere. */
async function checkRoundTrip(jotkit, alg, { signing, verifying }, reference) {
  const sign = jotkit.createSigner(signing, { algorithm: alg });
  const verify = jotkit.createVerifier(verifying, { algorithms: [alg] });
  const classic = { algorithms: [alg] };

  const token = sign({ sub: 'ada' });
  assert.equal(verify(token).sub, 'ada');
  assert.equal(jotkit.verify(token, verifying, classic).sub, 'ada');
  assert.equal((await jotkit.verifyAsync(token, verifying, classic)).sub, 'ada');

  const own = jotkit.sign({ sub: 'ada' }, signing, { algorithm: alg });
  const later = await jotkit.signAsync({ sub: 'ada' }, signing, { algorithm: alg });
  assert.equal(verify(own).sub, 'ada');
  assert.equal(verify(later).sub, 'ada');

  // The text of a secret has other bytes than those the reference was signed with.
  if (typeof signing !== 'string' || signing.startsWith('-----')) {
    assert.equal(verify(reference).sub, 'ada');
  }
  rejected(() => verify(flipped(token)), 'invalid signature');
  rejected(() => jotkit.verify(flipped(token), verifying, classic), 'invalid signature');
}

function halves(token) {
  const at = token.lastIndexOf('.');
  return [token.slice(0, at), token.slice(at + 1)];
}

/** The same token with one bit of its signature changed. */
function flipped(token) {
  const [input, signature] = halves(token);
  const bytes = Buffer.from(signature, 'base64url');
  bytes[bytes.length >> 1] ^= 1;
  return `${input}.${bytes.toString('base64url')}`;
}

function rejected(act, message) {
  let result;
  try {
    result = act();
  } catch (error) {
    assert.equal(error.name, 'JsonWebTokenError', `${error?.name}: ${error?.message}`);
    if (message instanceof RegExp) assert.match(error.message, message);
    else assert.equal(error.message, message);
    return error;
  }
  throw new Error(`accepted: ${JSON.stringify(result)}`);
}

/** A runtime without the algorithm rejects its name before it comes to the signature. */
const badSignature = /^invalid (signature|algorithm)$/;

const encode = (text) => Buffer.from(text).toString('base64url');
const secret = '0123456789abcdef0123456789abcdef';

/** A token with a right HS256 signature over segments that jotkit itself would not write. */
function forge(header, payload) {
  const input = `${header}.${payload}`;
  const mac = crypto.createHmac('sha256', secret).update(input).digest('base64url');
  return `${input}.${mac}`;
}

const HEADER = encode('{"alg":"HS256","typ":"JWT"}');
const PAYLOAD = encode('{"sub":"ada"}');

function callBack(start) {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value)));
  });
}

const rules = {
  'the one-shot calls sign, verify and decode': (jotkit) => {
    const token = jotkit.sign({ sub: 'ada' }, secret, { expiresIn: '15m', issuer: 'here' });
    const claims = jotkit.verify(token, secret, { issuer: 'here' });
    assert.equal(claims.exp - claims.iat, 900);
    assert.deepEqual(jotkit.decode(token), claims);
    assert.equal(jotkit.decode(token, { complete: true }).header.alg, 'HS256');
    assert.equal(jotkit.decode('nonsense'), null);
  },
  'the default export is the same object as the named exports': (jotkit) => {
    const object = jotkit.default ?? jotkit;
    assert.equal(object.verify, jotkit.verify);
    assert.equal(object.JsonWebTokenError, jotkit.JsonWebTokenError);
  },
  'callbacks are called once, later': async (jotkit, { RS256 }) => {
    let calls = 0;
    const options = { algorithm: 'RS256' };
    const token = await callBack((done) => {
      jotkit.sign({ sub: 'ada' }, RS256.private.pem, options, (...answer) => {
        calls++;
        done(...answer);
      });
      assert.equal(calls, 0);
    });
    const lookUp = (_header, done) => done(null, RS256.public.pem);
    const claims = await callBack((done) => jotkit.verify(token, lookUp, done));
    assert.equal(claims.sub, 'ada');
    assert.equal(calls, 1);
    await assert.rejects(
      callBack((done) => jotkit.verify(flipped(token), lookUp, done)),
      { name: 'JsonWebTokenError', message: 'invalid signature' },
    );
  },
  'promises resolve, and reject with the error of the synchronous call': async (jotkit) => {
    const token = await jotkit.signAsync({ sub: 'ada' }, () => secret);
    const claims = await jotkit.verifyAsync(token, async () => secret);
    assert.equal(claims.sub, 'ada');
    await assert.rejects(jotkit.verifyAsync(flipped(token), secret), {
      name: 'JsonWebTokenError',
      message: 'invalid signature',
    });
  },
  'createSigner and createVerifier return promises with async: true': async (jotkit, { ES256 }) => {
    const sign = jotkit.createSigner(ES256.private.pem, { async: true });
    const verify = jotkit.createVerifier(ES256.public.pem, { async: true });
    const token = sign({ sub: 'ada' });
    assert.ok(token instanceof Promise);
    assert.equal((await verify(await token)).sub, 'ada');
    await assert.rejects(verify(flipped(await token)), { message: 'invalid signature' });
  },
  'a key source that fails does not make the token invalid': async (jotkit) => {
    const cause = new Error('down');
    const token = jotkit.sign({ sub: 'ada' }, secret);
    const verify = jotkit.createVerifier(async () => {
      throw cause;
    });
    const error = await verify(token).catch((reason) => reason);
    assert.equal(error.name, 'KeySourceError');
    assert.ok(error instanceof jotkit.KeySourceError);
    assert.ok(!(error instanceof jotkit.JsonWebTokenError));
    assert.equal(error.cause, cause);
  },
  'an error has class, name and code, and JSON shows name and message only': (jotkit) => {
    const token = jotkit.sign({ sub: 'ada', exp: 1_000 }, secret);
    let error;
    try {
      jotkit.verify(token, secret);
    } catch (thrown) {
      error = thrown;
    }
    assert.ok(error instanceof jotkit.TokenExpiredError);
    assert.ok(error instanceof jotkit.JsonWebTokenError);
    assert.ok(error instanceof Error);
    assert.equal(error.code, 'ERR_CLAIM_EXPIRED');
    assert.deepEqual(Object.keys(error).sort(), ['expiredAt', 'message', 'name']);
    assert.deepEqual(JSON.parse(JSON.stringify(error)), {
      name: 'TokenExpiredError',
      message: 'jwt expired',
      expiredAt: '1970-01-01T00:16:40.000Z',
    });
    assert.equal(String(error), 'TokenExpiredError: jwt expired');
  },
  'the stack of an error opens with its name': (jotkit) => {
    const { stack } = rejected(() => jotkit.verify('a.b', secret), 'jwt malformed');
    assert.ok(stack.startsWith('JsonWebTokenError'), stack);
  },
  'an all-zero ES256 signature is rejected': (jotkit, { ES256 }) => {
    const [input] = halves(ES256.token);
    const token = `${input}.${Buffer.alloc(64).toString('base64url')}`;
    rejected(() => jotkit.verify(token, ES256.public.pem), 'invalid signature');
    rejected(() => jotkit.createVerifier(ES256.public.pem)(token), 'invalid signature');
  },
  'an ES256 signature in DER, and one of another length, is rejected': (jotkit, { ES256 }) => {
    const [input, signature] = halves(ES256.token);
    const der = crypto.sign('sha256', Buffer.from(input), ES256.private.pem);
    const short = Buffer.from(signature, 'base64url').subarray(1);
    for (const bytes of [der, short]) {
      const token = `${input}.${bytes.toString('base64url')}`;
      rejected(() => jotkit.verify(token, ES256.public.pem), 'invalid signature');
    }
  },
  'an asymmetric signature is not good for another text': (jotkit, keys) => {
    for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
      const [head, , signature] = keys[alg].token.split('.');
      const token = `${head}.${encode('{"sub":"eve"}')}.${signature}`;
      rejected(() => jotkit.verify(token, keys[alg].public.pem), badSignature);
    }
  },
  'a PSS signature with another salt length is rejected': (jotkit, { PS256 }) => {
    const [input] = halves(PS256.token);
    const signature = crypto.sign('sha256', Buffer.from(input), {
      key: PS256.private.pem,
      padding: crypto.constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 20,
    });
    const token = `${input}.${signature.toString('base64url')}`;
    rejected(() => jotkit.verify(token, PS256.public.pem), badSignature);
  },
  'a public key never verifies an HMAC': (jotkit, { RS256, EdDSA }) => {
    for (const { pem, der } of [RS256.public, EdDSA.public]) {
      for (const key of [pem, Buffer.from(pem), Buffer.from(der, 'base64url')]) {
        const input = `${HEADER}.${PAYLOAD}`;
        const mac = crypto.createHmac('sha256', key).update(input).digest('base64url');
        const token = `${input}.${mac}`;
        rejected(() => jotkit.verify(token, key), 'invalid algorithm');
        assert.throws(() => jotkit.verify(token, key, { algorithms: ['HS256'] }));
        assert.throws(() => jotkit.createVerifier(key, { algorithms: ['HS256'] }), TypeError);
      }
    }
  },
  'an unsigned token is rejected': (jotkit) => {
    const token = `${encode('{"alg":"none"}')}.${PAYLOAD}.`;
    rejected(() => jotkit.verify(token, secret), 'jwt signature is required');
    rejected(
      () => jotkit.verify(token, ''),
      'please specify "none" in "algorithms" to verify unsigned tokens',
    );
    assert.throws(() => jotkit.createVerifier(secret)(token), { code: 'ERR_HEADER_ALG' });
  },
  'a token has one spelling: padding, +/, white space and loose bits are rejected': (jotkit) => {
    const [input, signature] = halves(forge(HEADER, PAYLOAD));
    const loose = signature.slice(0, -1) + nextLetter(signature.at(-1));
    assert.deepEqual(Buffer.from(loose, 'base64url'), Buffer.from(signature, 'base64url'));
    for (const spelling of [loose, `${signature}=`, `${signature}\n`, ` ${signature}`]) {
      rejected(
        () => jotkit.verify(`${input}.${spelling}`, secret),
        /^(invalid token|jwt is not canonical base64url)$/,
      );
      assert.equal(jotkit.decode(`${input}.${spelling}`), null);
    }
    const slash = forge(HEADER, Buffer.from('{"a":"??>>"}').toString('base64'));
    assert.match(slash, /[+/=]/);
    rejected(() => jotkit.verify(slash, secret), 'invalid token');
  },
  'bytes that are not UTF-8, and a byte order mark, are rejected': (jotkit) => {
    const bytes = Buffer.concat([
      Buffer.from('{"sub":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    const mark = Buffer.from('\u{feff}{"sub":"ada"}');
    const surrogate = Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]);
    for (const payload of [bytes, mark, surrogate]) {
      const token = forge(HEADER, payload.toString('base64url'));
      rejected(
        () => jotkit.verify(token, secret),
        'jwt payload must be UTF-8 without a byte order mark',
      );
      assert.equal(jotkit.decode(token), null);
    }
  },
  'text beyond ASCII comes back as it went': (jotkit) => {
    const claims = { sub: 'Zoë 🗝 \u{10ffff}', note: '\u2028\u0000' };
    const token = jotkit.sign(claims, secret, { noTimestamp: true, keyid: 'schlüssel' });
    assert.deepEqual({ ...jotkit.verify(token, secret) }, claims);
    assert.equal(jotkit.decode(token, { complete: true }).header.kid, 'schlüssel');
  },
  'a duplicate member and endless nesting are rejected': (jotkit) => {
    const deep = `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
    for (const payload of ['{"sub":"ada","sub":"eve"}', deep]) {
      rejected(
        () => jotkit.verify(forge(HEADER, encode(payload)), secret),
        /^jwt payload must not (have duplicate members|nest deeper than 64 levels)$/,
      );
    }
    const twice = encode('{"alg":"HS256","typ":"JWT","alg":"HS256"}');
    rejected(
      () => jotkit.verify(forge(twice, PAYLOAD), secret),
      'jwt header must not have duplicate members',
    );
  },
  'a __proto__ member reaches no prototype': (jotkit) => {
    const token = forge(HEADER, encode('{"__proto__":{"admin":true},"sub":"ada"}'));
    const claims = jotkit.verify(token, secret);
    assert.equal(claims.admin, undefined);
    assert.equal(Object.assign({}, claims).admin, undefined);
    assert.equal({}.admin, undefined);
  },
  'a damaged key is never a secret, and its text is in no error': (jotkit, { RS256 }) => {
    const pem = RS256.private.pem.slice(0, 300);
    for (const act of [
      () => jotkit.sign({}, pem),
      () => jotkit.createSigner(pem),
      () => jotkit.createVerifier(pem),
    ]) {
      assert.throws(act, (error) => {
        assert.equal(error.code, 'ERR_KEY_INVALID');
        return !JSON.stringify([error.message, error.stack, error.cause]).includes('MII');
      });
    }
  },
  'an RSA key below 2048 bits is rejected': (jotkit) => {
    const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 1024 });
    assert.throws(() => jotkit.createSigner(privateKey), { code: 'ERR_KEY_WEAK' });
    assert.throws(() => jotkit.sign({}, privateKey, { algorithm: 'RS256' }), {
      code: 'ERR_KEY_WEAK',
    });
  },
  'a key of another curve or type does not fit': (jotkit, keys) => {
    const pairs = [
      ['ES256', keys.ES384],
      ['ES512', keys.ES256],
      ['RS256', keys.ES256],
      ['EdDSA', keys.RS256],
    ];
    for (const [algorithm, { private: pair, public: open }] of pairs) {
      const misfit = { code: 'ERR_KEY_TYPE' };
      assert.throws(() => jotkit.sign({}, pair.pem, { algorithm }), misfit);
      assert.throws(() => jotkit.createSigner(pair.pem, { algorithm }), misfit);
      assert.throws(() => jotkit.createVerifier(open.pem, { algorithms: [algorithm] }), misfit);
    }
  },
  'a CryptoKey is bound to its usages and its hash': async (jotkit, { RS256 }) => {
    const der = Buffer.from(RS256.public.der, 'base64url');
    const key = await cryptoKey('spki', der, 'RS384', ['verify']);
    assert.throws(() => jotkit.createVerifier(key, { algorithms: ['RS256'] }), {
      code: 'ERR_KEY_TYPE',
    });
    assert.throws(() => jotkit.createSigner(key), { code: 'ERR_KEY_TYPE' });
  },
  'an encrypted private key opens with its passphrase only': (jotkit, { RS256 }) => {
    const key = crypto.createPrivateKey(RS256.private.pem).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open',
    });
    const options = { algorithm: 'RS256' };
    const token = jotkit.sign({ sub: 'ada' }, { key, passphrase: 'open' }, options);
    assert.equal(jotkit.verify(token, RS256.public.pem).sub, 'ada');
    for (const wrong of [{ key, passphrase: 'shut' }, { key, passphrase: '' }, key]) {
      assert.throws(() => jotkit.sign({}, wrong, options), { code: 'ERR_KEY_INVALID' });
    }
  },
  'a short secret signs with sign and is rejected by createSigner': (jotkit) => {
    assert.equal(jotkit.verify(jotkit.sign({ sub: 'ada' }, 'short'), 'short').sub, 'ada');
    assert.throws(() => jotkit.createSigner('short'), { name: 'TypeError', code: 'ERR_KEY_WEAK' });
  },
};

/** The letter of base64url that differs in the lowest bit, which no byte uses here. */
function nextLetter(letter) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(letter) ^ 1];
}
