import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import * as jotkit from '../../src/index.ts';
import { codeDescriptions } from '../../src/sessions/code-descriptions.ts';
import { isOutput } from './blocks.ts';
import { messagesByCode } from './messages.ts';
import { read } from './pages.ts';
import { sourceFiles } from './snippets.ts';

interface Entry {
  code: string;
  text: string;
  /** The items of its lists of messages. */
  messages: string[];
}

/** The entries below the headings that are codes. */
function entriesOf(file: string, heading: RegExp): Entry[] {
  const [, ...sections] = read(file).split(/^#{2,3} /m);
  return sections.flatMap((text) => {
    const code = heading.exec(text)?.[0];
    const messages = [...text.matchAll(/^- `(.*)`$/gm)].map(([, message = '']) => message);
    return code ? [{ code, text, messages }] : [];
  });
}

const errors = entriesOf('docs/errors/error-codes.md', /^ERR_[A-Z_]+$/m);
const warnings = entriesOf('docs/errors/warnings.md', /^JOTKIT_[A-Z_]+$/m);
const source = sourceFiles().map((file) => readFileSync(file, 'utf8'));
const givenMessages = messagesByCode();

/** The messages of a code in `src`; those of sessions are the descriptions of the codes. */
function messagesOf(code: string): string[] {
  const given = [...(givenMessages.get(code) ?? [])].map((text) => text.replace(/\s+/g, ' '));
  return code.startsWith('ERR_SESSION_') ? [codeDescriptions[code as jotkit.ErrorCode]] : given;
}

/** Whether one of two patterns matches the other: `…` matches anything. */
const agree = (one: string, other: string) => {
  return isOutput(`${one}.`, `${other}.`) || isOutput(`${other}.`, `${one}.`);
};

const isInSource = (message: string) => {
  return source.some((text) => message.split('…').every((part) => text.includes(part)));
};

describe('the page of error codes', () => {
  it('has a heading for every error code, and no other', () => {
    expect(errors.map(({ code }) => code).sort()).toEqual([...errorCodes].sort());
  });

  it.each(errors)('says of $code what happened, how to fix it, and its messages', (entry) => {
    expect(entry.text).toMatch(/^ERR_[A-Z_]+\n\n\S/);
    expect(entry.text).toContain('\n\n**Fix.** ');
    expect(entry.messages).not.toEqual([]);
  });

  it.each(errors)('shows every message that the source has for $code', ({ code, messages }) => {
    const absent = messagesOf(code).filter((given) => !messages.some((one) => agree(one, given)));
    expect(absent).toEqual([]);
  });

  it.each(errors)('shows no message of $code that the source lacks', ({ code, messages }) => {
    const given = messagesOf(code);
    const invented = messages.filter((message) => {
      return !given.some((one) => agree(one, message)) && !isInSource(message);
    });
    expect(invented).toEqual([]);
  });

  it.each(errors.filter(({ text }) => text.includes('```diff')))(
    'shows a call that throws $code',
    async ({ code, text }) => {
      const [, call = ''] = /^- (.*)$/m.exec(text.slice(text.indexOf('```diff'))) ?? [];
      await expect(run(call)).rejects.toHaveProperty('code', code);
    },
  );
});

describe('the page of warnings', () => {
  it('has a heading for every warning code, and no other', () => {
    const given = source.flatMap((text) => text.match(/'JOTKIT_[A-Z_]+'/g) ?? []);
    const codes = [...new Set(given)].map((name) => name.slice(1, -1));
    expect(warnings.map(({ code }) => code).sort()).toEqual(codes.sort());
  });

  it.each(warnings)('says of $code how to fix it', ({ text }) => {
    expect(text).toContain('\n\n**Fix.** ');
  });
});

/** Runs a line with the names that every page has. */
async function run(line: string): Promise<unknown> {
  const { privateKey, publicKey } = (await import('node:crypto')).generateKeyPairSync('ed25519');
  const names = {
    ...jotkit,
    JWT_SECRET: 'K7wRmVqT2xYb9nEa4hLc6pJd8sGf3uZi1oNt5vBy0Qk',
    JWT_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    JWT_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }),
  };
  return new Function(...Object.keys(names), `return ${line}`)(...Object.values(names));
}
