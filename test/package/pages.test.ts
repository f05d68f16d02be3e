/** Pages and examples whose packages come from a registry, such as NestJS and Next.js. */

import { testPages } from '../docs/page-tests.ts';
import { bundled } from '../docs/type-check.ts';

testPages({ suite: 'package', workshop: { fromRegistry: true }, compiler: bundled });
