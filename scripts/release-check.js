/**
 * Checks that the working directory can be published: RELEASING.md, step 8.
 *
 * `--fast` omits the tests; `prepublishOnly` runs it so, because the workflow has just run them.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MAX_PACKED_BYTES = 220_000;
const MAX_UNPACKED_BYTES = 800_000;

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { version } = manifest;

/** Each returns what is wrong, or nothing. */
const checks = {
  'addresses in package.json': () => {
    const missing = ['repository', 'homepage', 'bugs'].filter((field) => !manifest[field]);
    return missing.length > 0 && `add ${missing.map((field) => `"${field}"`).join(', ')}`;
  },
  'version in CHANGELOG.md': () => {
    const lines = readFileSync('CHANGELOG.md', 'utf8').split('\n');
    const [latest] = lines.filter((line) => /^## \[\d/.test(line));
    const expected = new RegExp(
      `^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`,
    );
    return !expected.test(latest ?? '') && `the latest heading must be "## [${version}] - date"`;
  },
  'version in the tag': () => {
    const tag = process.env.GITHUB_REF_TYPE === 'tag' && process.env.GITHUB_REF_NAME;
    return tag && tag !== `v${version}` && `the tag is ${tag}, package.json has ${version}`;
  },
  'clean working tree': () => {
    const changed = run('git', ['status', '--porcelain']);
    return changed && `commit or remove\n${changed}`;
  },
  'size of the package': () => {
    const [{ size, unpackedSize }] = JSON.parse(
      run('npm', ['pack', '--dry-run', '--json', '--silent']),
    );
    const fits = size <= MAX_PACKED_BYTES && unpackedSize <= MAX_UNPACKED_BYTES;
    return !fits && `${size} bytes packed, ${unpackedSize} unpacked`;
  },
  // Among them publint and attw: test/package/lint.test.ts.
  'all tests': () => {
    execFileSync('npm', ['run', 'test:all'], { stdio: 'inherit' });
  },
};

if (process.argv.includes('--fast')) {
  delete checks['all tests'];
  delete checks['size of the package'];
}

function run(command, args) {
  return execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  let problem;
  try {
    problem = check();
  } catch (error) {
    problem = error.message;
  }
  if (problem) failed += 1;
  console.log(problem ? `not ok  ${name}: ${problem}` : `ok      ${name}`);
}
console.log(failed ? `not ready to publish: ${failed} problems` : 'ready to publish');
process.exitCode = failed ? 1 : 0;
