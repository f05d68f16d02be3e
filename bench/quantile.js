/** What lies in the middle of samples, or elsewhere in their order. */

export function quantile(samples, q) {
  return [...samples].sort((a, b) => a - b)[Math.round(q * (samples.length - 1))];
}

export function median(samples) {
  return quantile(samples, 0.5);
}
