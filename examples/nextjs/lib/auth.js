// Signs and verifies the token of a login, and describes its cookie.
import { createSigner } from 'jotkit';
import { bearer, createAuthenticator, tokenCookies } from 'jotkit/http';

const { JWT_SECRET = '' } = process.env;
const claims = { issuer: 'https://id.example', audience: 'shop' };

export const sign = createSigner(JWT_SECRET, { ...claims, expiresIn: '1h' });

// The name is __Host-at over TLS, and at on http://localhost.
export const cookies = tokenCookies({ secure: 'auto' });

// A browser sends the token in the cookie, an app in the Authorization header.
export const options = {
  key: JWT_SECRET,
  algorithms: ['HS256'],
  ...claims,
  from: [bearer(), cookies.access],
};

export const authenticate = createAuthenticator(options);
