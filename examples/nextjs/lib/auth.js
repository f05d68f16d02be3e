// Verifies access tokens: a browser sends them in a cookie, an app in the Authorization header.
import { bearer, createAuthenticator } from 'jotkit/http';
import { cookies, issued } from './sessions.js';

export const options = {
  key: process.env.JWT_SECRET ?? '',
  algorithms: ['HS256'],
  ...issued,
  from: [bearer(), cookies.access],
};

export const authenticate = createAuthenticator(options);
