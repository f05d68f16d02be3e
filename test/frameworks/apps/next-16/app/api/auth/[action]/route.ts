import { handlers } from '../../../../lib/sessions';

export const POST = (request: Request) => handlers.handle(request);
