import type { PageServerLoad } from './$types';

/** A request to an own route, which passes the hook once more. */
export const load: PageServerLoad = async ({ fetch }) => (await fetch('/api/me')).json();
