/** Measures how often clients of a store finish their work, each without a pause. */

/**
 * Resolves to runs per second, and to the median and the 99th percentile of a run in milliseconds.
 *
 * @param {number} clients
 * @param {number} seconds
 * @param {(client: number) => Promise<unknown>} work
 */
export async function measureRate(clients, seconds, work) {
  const times = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  const runs = Array.from({ length: clients }, async (_, client) => {
    for (let now = performance.now(); now < end; ) {
      await work(client);
      const then = performance.now();
      times.push(then - now);
      now = then;
    }
  });
  await Promise.all(runs);
  const perSecond = Math.round(times.length / ((performance.now() - start) / 1000));
  times.sort((a, b) => a - b);
  const at = (share) => Number((times[Math.floor(times.length * share)] ?? 0).toFixed(2));
  return { perSecond, medianMs: at(0.5), p99Ms: at(0.99) };
}
