/** Installs the packages beside this file, if they are not those of the lock file. */

import { install } from '../frameworks/setup.ts';

export default () => install(import.meta.dirname);
