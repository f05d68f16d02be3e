/** One turn of a contender: calls in a loop for some milliseconds, measured as a whole. */

const TURN_MS = 20;
/** CPU time, too: V8 optimizes in other threads, which a busy machine starves. */
const WARM_UP_MS = 400;
/** V8 counts calls before it optimizes. Slow ones get more time, up to the limit. */
const WARM_UP_CALLS = 20_000;
const MAX_WARM_UP_MS = 1500;

/** Longest inputs of one turn, in characters. */
const MAX_CHARACTERS = 8e6;

/** Nanoseconds of CPU time, of all threads of this process: other processes do not count. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

let copies = 0;

/**
 * A function that takes a turn and returns what `meter` counts per call, nanoseconds of CPU time by default.
 * `prepare` makes the argument of each call from one of the inputs, before the turn is timed.
 */
export async function turnOf(run, inputs, { prepare = fresh, meter = cpuTime } = {}) {
  const { syncLoop, asyncLoop } = await import(`./loop.js?${copies++}`);
  const first = run(prepare(inputs[0]));
  const loop = first instanceof Promise ? asyncLoop : syncLoop;
  await first;
  const size = typeof inputs[0] === 'string' ? inputs[0].length : 100;
  const most = Math.ceil(MAX_CHARACTERS / size);

  async function take(count, meter) {
    const batch = Array.from({ length: count }, (_, i) => prepare(inputs[i % inputs.length]));
    // What the previous contender left behind must not be collected in this turn.
    globalThis.gc?.({ type: 'minor' });
    const start = meter();
    const done = loop(run, batch);
    if (done) await done;
    return (meter() - start) / count;
  }

  let count = 1;
  let calls = 0;
  const start = cpuTime();
  const spent = () => (cpuTime() - start) / 1e6;
  do {
    calls += count;
    const each = await take(count, cpuTime);
    count = Math.min(Math.max(1, Math.round((TURN_MS * 1e6) / (each || 1))), count * 2, most);
  } while (spent() < (calls < WARM_UP_CALLS ? MAX_WARM_UP_MS : WARM_UP_MS));
  return () => take(count, meter);
}

/** A new string with the same characters: no library gains from a string that it has seen. */
export function fresh(input) {
  return typeof input === 'string' ? Buffer.from(input).toString('latin1') : input;
}
