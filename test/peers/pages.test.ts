/** Follows the pages and examples that use the packages beside this file. */

import { testPages } from '../docs/page-tests.ts';

testPages({
  suite: 'peers',
  workshop: { sources: ['test/peers/node_modules', 'node_modules'] },
});
