import { defineEventHandler } from 'h3';
import { createAuthenticator } from 'jotkit/http';
import { cookies } from '../utils/sessions';

const authenticate = createAuthenticator({
  key: process.env.JWT_SECRET ?? '',
  algorithms: ['HS256'],
  issuer: 'https://id.example',
  audience: 'shop',
  from: cookies.access,
});

export default defineEventHandler(async (event) => {
  const { auth } = await authenticate(event.node.req);
  return { user: auth?.payload.sub };
});
