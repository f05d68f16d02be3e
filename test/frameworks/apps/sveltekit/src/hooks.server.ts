import type { Handle } from '@sveltejs/kit';
import { cookies, handlers } from '$lib/server/sessions';

export const handle: Handle = async ({ event, resolve }) => {
  if (event.url.pathname.startsWith('/auth/')) return handlers.handle(event.request);
  const { claims, tokens, headers } = await handlers.renew(event.request);
  event.locals.user = claims;
  if (tokens) cookies.set(event.cookies, tokens, event.request);
  const response = await resolve(event);
  const caching = headers.get('cache-control');
  if (caching) response.headers.set('cache-control', caching);
  return response;
};
