/**
 * Requests of web pages: refreshes their access token once for all tabs, and repeats what was rejected.
 *
 * The server has the handlers of `jotkit/sessions`.
 *
 * @module jotkit/client
 */

export { type Client, type ClientOptions, createClient } from './client.ts';
export { RefreshError } from './refresh-error.ts';
