import { defineEventHandler, toWebRequest } from 'h3';
import { handlers } from '../../utils/sessions';

export default defineEventHandler((event) => handlers.handle(toWebRequest(event)));
