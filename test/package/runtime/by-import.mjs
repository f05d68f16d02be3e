import { readFileSync } from 'node:fs';
import * as jotkit from 'jotkit';
import { matrix } from './matrix.mjs';

const keys = JSON.parse(readFileSync(new URL('./keys.json', import.meta.url), 'utf8'));
console.log(JSON.stringify(await matrix(jotkit, keys)));
