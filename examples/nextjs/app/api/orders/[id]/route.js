// A route with a parameter: withAuth passes the context of Next.js on.
import { withAuth } from 'jotkit/fetch';
import { options } from '../../../../lib/auth.js';

export const GET = withAuth(options, async (_request, { payload }, { params }) => {
  const { id } = await params;
  return Response.json({ id, user: payload.sub });
});
