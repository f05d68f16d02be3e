// Logs in and out: sets the cookie and deletes it.
import { checkCsrf } from 'jotkit/http';
import { cookies, sign } from '../../../lib/auth.js';

const sameSite = (handler) => (request) => {
  try {
    checkCsrf(request);
  } catch (error) {
    return error.getResponse();
  }
  return handler(request);
};

export const POST = sameSite((request) => {
  // Check the password here.
  const response = new Response(null, { status: 303, headers: { location: '/account' } });
  cookies.set(response.headers, { access: sign({ sub: 'ada' }) }, request);
  return response;
});

export const DELETE = sameSite((request) => {
  const response = new Response(null, { status: 204 });
  cookies.clear(response.headers, request);
  return response;
});
