/** Installs the packages of the recipes beside this file. */

import { install } from '../frameworks/setup.ts';

export default function setup(): void {
  install(import.meta.dirname);
}
