'use server';

import { cookies as cookieStore, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cookies, sessions } from '../lib/sessions';

export async function logIn(form: FormData) {
  if (form.get('password') !== 'correct horse') return; // Check the password here.
  const tokens = await sessions.issue('ada');
  cookies.set(await cookieStore(), tokens, { headers: await headers() });
  redirect('/account');
}

export async function logOut() {
  const request = { headers: await headers() };
  const { access = '' } = cookies.read(request);
  const session = sessions.nameOf(access);
  if (session) await sessions.revoke(session);
  cookies.clear(await cookieStore(), request);
  redirect('/');
}
