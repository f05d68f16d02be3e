import { withAuth } from 'jotkit/fetch';
import { authOptions } from '../../../lib/auth';

export const GET = withAuth(authOptions, (_request, auth) => {
  return Response.json({ user: auth.payload.sub, orders: ['a book'] });
});
