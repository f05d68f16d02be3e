// Serves /api/auth/login, /api/auth/refresh and /api/auth/logout.
import { handlers } from '../../../../lib/sessions.js';

export const POST = (request) => handlers.handle(request);
