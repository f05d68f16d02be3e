const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const jotkit = require('jotkit');

const keys = JSON.parse(readFileSync(join(__dirname, 'keys.json'), 'utf8'));
import('./matrix.mjs').then(async ({ matrix }) => {
  console.log(JSON.stringify(await matrix(jotkit, keys)));
});
