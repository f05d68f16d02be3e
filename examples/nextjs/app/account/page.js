// A server component that verifies the token itself. The proxy alone does not protect data.
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { authenticate } from '../../lib/auth.js';

export default async function Account() {
  const { status, auth } = await authenticate({ method: 'GET', headers: await headers() });
  if (status !== 'authenticated') redirect('/');
  return <h1>{`Hello ${auth.payload.sub}`}</h1>;
}
