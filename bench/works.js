/** The kinds of work in the order of a run, each a file in `work/`. */

export const works = {
  verify: { title: 'Verify a token' },
  sign: { title: 'Sign a token' },
  decode: { title: 'Decode a token without verifying it' },
  reject: { title: 'Reject a token' },
  'key-set': { title: 'Verify with a JWK Set' },
  payload: { title: 'HS256 with larger payloads' },
  'thread-pool': { title: 'Verify and sign through the thread pool' },
  'event-loop': { title: 'Delay of the event loop while RS256 tokens are signed' },
  threads: { title: 'HS256 in worker threads' },
  allocation: { title: 'Memory that a verification allocates' },
  soak: { title: 'Memory after many verifications' },
  loading: {
    title: 'Load the library',
    about: 'A process that imports the library, less one that imports nothing.',
  },
};
