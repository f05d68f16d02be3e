// Redirects to the login before a page renders. Next.js 15 and older name this file middleware.js.
import { NextResponse } from 'next/server';
import { authenticate } from './lib/auth.js';

export async function proxy(request) {
  const { status } = await authenticate(request);
  if (status !== 'authenticated') return NextResponse.redirect(new URL('/', request.url));
  return NextResponse.next();
}

export const config = { matcher: '/account/:path*' };
