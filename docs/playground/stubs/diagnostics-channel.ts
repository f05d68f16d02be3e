/** `node:diagnostics_channel` without subscribers. */

const silent = { hasSubscribers: false, publish: () => {} };

export const channel = (_name: string) => silent;
