// Refreshes an expired access token before a page renders. Next.js 15 names this file middleware.js.
import { NextResponse } from 'next/server';
import { handlers } from './lib/sessions.js';

export async function proxy(request) {
  const renewal = await handlers.renew(request);
  const headers = new Headers(request.headers);
  headers.set('cookie', renewal.cookie);
  const response = NextResponse.next({ request: { headers } });
  for (const [name, value] of renewal.headers) response.headers.append(name, value);
  return response;
}

export const config = {
  matcher: [
    {
      source: '/((?!api/|_next/|favicon.ico).*)',
      missing: [{ type: 'header', key: 'next-router-prefetch' }],
    },
  ],
};
