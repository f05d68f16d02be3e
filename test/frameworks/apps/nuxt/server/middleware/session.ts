import { appendResponseHeader, defineEventHandler, getRequestURL } from 'h3';
import { handlers } from '../utils/sessions';

export default defineEventHandler(async (event) => {
  if (/^\/(?:api|auth)\//.test(event.path)) return;
  // Not toWebRequest(event), which reads the body.
  const request = new Request(getRequestURL(event), { headers: event.headers });
  const { claims, headers, cookie } = await handlers.renew(request);
  event.context.user = claims;
  event.node.req.headers.cookie = cookie;
  event.headers.set('cookie', cookie);
  for (const [name, value] of headers) appendResponseHeader(event, name, value);
});
