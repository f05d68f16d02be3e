import { type AuthenticatorOptions, bearer, createAuthenticator } from 'jotkit/http';
import { headers } from 'next/headers';
import { cookies } from './sessions';

export const authOptions = {
  key: process.env.JWT_SECRET ?? '',
  algorithms: ['HS256'],
  issuer: 'https://id.example',
  audience: 'shop',
  from: [bearer(), cookies.access],
} satisfies AuthenticatorOptions;

const authenticate = createAuthenticator(authOptions);

/** Returns the claims of the user in a page or a layout, or undefined. */
export async function getUser() {
  const outcome = await authenticate({ method: 'GET', headers: await headers() });
  return outcome.auth?.payload;
}
