import { redirect } from '@sveltejs/kit';
import { cookies, sessions } from '$lib/server/sessions';
import type { Actions } from './$types';

export const actions: Actions = {
  async default(event) {
    const form = await event.request.formData();
    // Check the password here.
    const tokens = await sessions.issue(String(form.get('user')));
    cookies.set(event.cookies, tokens, event.request);
    redirect(303, '/account');
  },
};
