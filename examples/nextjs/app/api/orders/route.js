// A route handler that requires a token. With a cookie, it rejects requests of other sites.
import { withAuth } from 'jotkit/fetch';
import { options } from '../../../lib/auth.js';

const orders = ['a book'];

export const GET = withAuth(options, (_request, { payload }) => {
  return Response.json({ user: payload.sub, orders });
});

export const POST = withAuth(options, async (request) => {
  orders.push(String((await request.json()).item));
  return Response.json({ orders }, { status: 201 });
});
