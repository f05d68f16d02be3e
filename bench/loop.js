/** The loops that are timed. Each contender imports its own copy: V8 optimizes a loop for what it calls. */

/** The last result, so that V8 does not remove the calls. */
export let last;

export function syncLoop(run, batch) {
  for (let i = 0; i < batch.length; i++) last = run(batch[i]);
}

export async function asyncLoop(run, batch) {
  for (let i = 0; i < batch.length; i++) last = await run(batch[i]);
}
