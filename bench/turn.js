/** One turn of a contender: calls in a loop for a moment, whose time is taken as a whole. */

const TURN_MS = 25;
const WARM_UP_MS = 400;

/** Inputs of one turn together stay below as many characters. */
const MAX_CHARACTERS = 8e6;

/** Nanoseconds that this process worked, in all of its threads: unmoved by what else the machine does. */
function workTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Nanoseconds that passed. */
export function wallTime() {
  return Number(process.hrtime.bigint());
}

/** A function that takes a turn and answers with nanoseconds per call. */
export async function turnOf(run, inputs, prepare = fresh, time = workTime) {
  const isAsync = run(prepare(inputs[0])) instanceof Promise;
  const take = isAsync ? asyncTurn : syncTurn;
  const size = typeof inputs[0] === 'string' ? inputs[0].length : 100;
  const most = Math.ceil(MAX_CHARACTERS / size);
  const batch = (count) => {
    return Array.from({ length: count }, (_, i) => prepare(inputs[i % inputs.length]));
  };

  let count = 1;
  const end = performance.now() + WARM_UP_MS;
  do {
    const each = await take(run, batch(count), time);
    count = Math.min(Math.max(1, Math.round((TURN_MS * 1e6) / (each || 1))), count * 2, most);
  } while (performance.now() < end);
  return () => take(run, batch(count), time);
}

/** A new string of the same text: no library gains by having seen this very object. */
function fresh(input) {
  return typeof input === 'string' ? Buffer.from(input).toString('latin1') : input;
}

/** What was answered last, so that no engine leaves the calls out. */
export let last;

function syncTurn(run, batch, time) {
  const start = time();
  for (let i = 0; i < batch.length; i++) last = run(batch[i]);
  return (time() - start) / batch.length;
}

async function asyncTurn(run, batch, time) {
  const start = time();
  for (let i = 0; i < batch.length; i++) last = await run(batch[i]);
  return (time() - start) / batch.length;
}
