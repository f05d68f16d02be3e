/** Reads the rates while the site is built. */

import { type Rates, readRates } from '../rates.ts';

declare const data: Rates;

export { data };

export default { watch: ['../../benchmarks/node24.json'], load: readRates };
