/** Finds the blocks of a PEM text, without keys in them. */

import { describe, expect, it } from 'vitest';
import { findPemBlocks, unescapeLines, writePem } from '../../src/core/keys/pem.ts';

const block = (body: string, label = 'PUBLIC KEY') =>
  `-----BEGIN ${label}-----${body}-----END ${label}-----`;
const found = (body: string, headers = '', label = 'PUBLIC KEY') => ({ label, headers, body });

const iv = '0123456789ABCDEF';
const headersOf = (cipher: string, vector = iv) =>
  `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${cipher},${vector}\n\n`;

describe('findPemBlocks', () => {
  it.each([
    ['no block', 'PUBLIC KEY', []],
    ['one block', block('AA'), [found('AA')]],
    [
      'blocks in other text',
      `x ${block('AA')}, ${block('BB', 'X')} y`,
      [found('AA'), found('BB', '', 'X')],
    ],
    ['blocks without a gap', block('AA') + block('BB'), [found('AA'), found('BB')]],
    ['a body with white space', block(' A\tB\r\nC\n\n'), [found('ABC')]],
    ['a body with escaped line ends', block('\\nAB\\rC\\\\nD'), [found('ABCD')]],
    ['a label without its end', '-----BEGIN PUBLIC KEY', []],
    ['a block without its last line', '-----BEGIN PUBLIC KEY-----AA', []],
    ['a block with a cut last line', '-----BEGIN PUBLIC KEY-----AA-----END PUBLIC KEY----', []],
    ['a last line before a label', '-----END A-----BEGIN B', []],
    [
      'a block without its own dashes',
      `${block('AA')}BEGIN B-----BB-----END B-----`,
      [found('AA')],
    ],
    ['a whole block before a cut one', `${block('AA')}-----BEGIN X-----BB`, [found('AA')]],
  ])('finds in %s what is whole', (_, text, blocks) => {
    expect(findPemBlocks(text)).toEqual(blocks);
  });

  it.each([
    [
      'DES',
      `\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,${iv}\n\nAA\n`,
      headersOf('DES-EDE3-CBC'),
    ],
    [
      'AES',
      `\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,${iv}${iv}\n\nAA\n`,
      headersOf('AES-256-CBC', iv + iv),
    ],
    ['no white space', `Proc-Type:4,ENCRYPTEDDEK-Info:a_b,${iv}AA`, headersOf('a_b')],
    [
      'much white space',
      `\n \nProc-Type: \t4,ENCRYPTED\r\n DEK-Info: \t x,${iv}\r\nAA`,
      headersOf('x'),
    ],
    [
      'small letters',
      `proc-type: 4,encrypted dek-info: x,${iv.toLowerCase()} AA`,
      headersOf('x', iv.toLowerCase()),
    ],
    [
      'the longest cipher',
      `Proc-Type: 4,ENCRYPTED DEK-Info: ${'x'.repeat(40)},${iv} AA`,
      headersOf('x'.repeat(40)),
    ],
  ])('reads the headers of an encrypted block: %s', (_, body, headers) => {
    expect(findPemBlocks(block(body))).toEqual([found('AA', headers)]);
  });

  it.each([
    ['after other text', `x Proc-Type: 4,ENCRYPTED DEK-Info: x,${iv}`],
    ['of another type', `Proc-Type: 4,CLEAR DEK-Info: x,${iv}`],
    ['without a cipher', `Proc-Type: 4,ENCRYPTED DEK-Info: ,${iv}`],
    ['with a cipher of 41 characters', `Proc-Type: 4,ENCRYPTED DEK-Info: ${'x'.repeat(41)},${iv}`],
    ['with a cipher of other characters', `Proc-Type: 4,ENCRYPTED DEK-Info: x.y,${iv}`],
    ['with a short vector', `Proc-Type: 4,ENCRYPTED DEK-Info: x,${iv.slice(1)}`],
    ['with a vector of other characters', `Proc-Type: 4,ENCRYPTED DEK-Info: x,${iv.slice(1)}G`],
    ['with text between', `Proc-Type: 4,ENCRYPTED x DEK-Info: x,${iv}`],
  ])('leaves headers in the body %s', (_, body) => {
    expect(findPemBlocks(block(body))).toEqual([found(body.replace(/\s/g, ''))]);
  });
});

describe('unescapeLines', () => {
  it.each([
    ['a\nb', 'a\nb'],
    ['a\\nb\\rc', 'a\nb\nc'],
    ['a\\\\nb\\\\\\\\rc', 'a\nb\nc'],
    ['a\\tb\\', 'a\\tb\\'],
  ])('turns %j into %j', (text, expected) => {
    expect(unescapeLines(text)).toBe(expected);
  });
});

describe('writePem', () => {
  it('writes lines of 64 characters, after the headers', () => {
    expect(writePem('X', 'A'.repeat(64))).toBe(
      `-----BEGIN X-----\n${'A'.repeat(64)}\n-----END X-----\n`,
    );
    expect(writePem('X', `${'A'.repeat(64)}${'B'.repeat(64)}C`, 'h\n\n')).toBe(
      `-----BEGIN X-----\nh\n\n${'A'.repeat(64)}\n${'B'.repeat(64)}\nC\n-----END X-----\n`,
    );
  });
});
