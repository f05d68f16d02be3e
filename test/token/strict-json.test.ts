import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  DUPLICATE_MEMBER,
  decodeText,
  deepFreeze,
  isJsonObject,
  MAX_DEPTH,
  NOT_JSON,
  parseJson,
  TOO_DEEP,
} from '../../src/core/encoding/strict-json.ts';

/** A JSON text as it is written, with members in a list, so that one can be duplicated. */
type Node =
  | { kind: 'scalar'; text: string }
  | { kind: 'array'; elements: Node[] }
  | { kind: 'object'; members: Array<{ key: string; spelt: string; value: Node }> };

const key = fc.constantFrom(
  'a',
  'b',
  'aa',
  '',
  '"',
  '\\',
  ':',
  '{',
  '[',
  '__proto__',
  '1',
  'é',
  '\n',
);

/** A key in one of its spellings. */
const spelling = fc.tuple(key, fc.boolean()).map(([name, escaped]) => ({
  key: name,
  spelt: escaped
    ? `"${[...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
    : JSON.stringify(name),
}));

const scalar = fc
  .oneof(
    fc.constantFrom(
      '"a:b"',
      '"{\\"a\\":1,\\"a\\":2}"',
      '"\\\\"',
      '"\\""',
      '"[[["',
      '"]}"',
      '1e400',
    ),
    fc.jsonValue({ maxDepth: 0 }).map((value) => JSON.stringify(value)),
  )
  .map((text): Node => ({ kind: 'scalar', text }));

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.array(tie('node'), { maxLength: 4 }).map((elements): Node => ({ kind: 'array', elements })),
    fc.array(fc.tuple(spelling, tie('node')), { maxLength: 4 }).map(
      (list): Node => ({
        kind: 'object',
        members: list.map(([name, value]) => ({ ...name, value })),
      }),
    ),
  ),
}));

function write(tree: Node, space: string): string {
  switch (tree.kind) {
    case 'scalar':
      return tree.text;
    case 'array':
      return `[${space}${tree.elements.map((element) => write(element, space)).join(`,${space}`)}]`;
    case 'object':
      return `{${tree.members
        .map(({ spelt, value }) => `${space}${spelt}${space}:${space}${write(value, space)}`)
        .join(',')}${space}}`;
  }
}

function hasDuplicate(tree: Node): boolean {
  switch (tree.kind) {
    case 'scalar':
      return false;
    case 'array':
      return tree.elements.some(hasDuplicate);
    case 'object':
      return (
        new Set(tree.members.map((member) => member.key)).size < tree.members.length ||
        tree.members.some(({ value }) => hasDuplicate(value))
      );
  }
}

/** Any white space, for each gap of a text. */
const gaps = fc.infiniteStream(fc.constantFrom('', '', ' ', '\n\t', '\r\n '));

/** Writes text with other white space in each gap. */
function writeLoosely(tree: Node, stream: Iterator<string>): string {
  const gap = () => String(stream.next().value);
  const marked = write(tree, '\u0001');
  return marked.replaceAll('\u0001', gap);
}

/** Reads each character once, and shares nothing with the code under test. */
function slowScan(text: string): { hasDuplicate: boolean; depth: number } {
  const names: Array<Set<string>> = [];
  let depth = 0;
  let hasDuplicate = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if ('[{'.includes(character)) depth = Math.max(depth, names.push(new Set()));
    if (']}'.includes(character)) names.pop();
    if (character !== '"') continue;
    const start = i;
    for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
    if (!/^\s*:/.test(text.slice(i + 1))) continue;
    const name = JSON.parse(text.slice(start, i + 1));
    if (names.at(-1)?.has(name)) hasDuplicate = true;
    names.at(-1)?.add(name);
  }
  return { hasDuplicate, depth };
}

/** The value of the text, without JSON.parse on names, which some engines do wrong. */
function jsonValueOf(tree: Node): unknown {
  switch (tree.kind) {
    case 'scalar':
      return JSON.parse(tree.text);
    case 'array':
      return tree.elements.map(jsonValueOf);
    case 'object': {
      const object = {};
      for (const { key: name, value } of tree.members) {
        Object.defineProperty(object, name, { value: jsonValueOf(value), enumerable: true });
      }
      return object;
    }
  }
}

/** Makes V8 from 12.8 on mistake an escaped name for another: nodejs/node#63785. */
function poison(start: string): void {
  JSON.parse(`{${start}"\\\\":1}`);
}

/** Writes a value, with the members that are not enumerable. */
function describeValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  if (Array.isArray(value)) return `[${value.map(describeValue).join()}]`;
  const entries = Object.getOwnPropertyNames(value).map((name) => {
    const member: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
    return `${JSON.stringify(name)}:${describeValue(member)}`;
  });
  return `{${entries.join()}}`;
}

describe('parseJson', () => {
  test('returns the value of the text, or DUPLICATE_MEMBER', () => {
    fc.assert(
      fc.property(node, fc.constantFrom('', ' ', '\n\t', '\r\n '), (tree, space) => {
        const text = write(tree, space);
        if (hasDuplicate(tree)) expect(parseJson(text)).toBe(DUPLICATE_MEMBER);
        else expect(describeValue(parseJson(text))).toBe(describeValue(jsonValueOf(tree)));
      }),
      { numRuns: 3000 },
    );
  });

  test('returns NOT_JSON if JSON.parse throws', () => {
    const text = fc.oneof(
      fc.string({
        unit: fc.constantFrom(...'{}[]":,\\ u0019aé', 'true', 'null', '\n'),
        maxLength: 12,
      }),
      fc.tuple(node, fc.nat(), fc.constantFrom(...'{}[]":,\\ 0')).map(([tree, at, character]) => {
        const whole = write(tree, '');
        const i = at % (whole.length + 1);
        return whole.slice(0, i) + character + whole.slice(i + 1);
      }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        let expected: unknown = NOT_JSON;
        try {
          expected = JSON.parse(candidate);
        } catch {
          // expected stays NOT_JSON.
        }
        const parsed = parseJson(candidate);
        if (expected === NOT_JSON) expect(parsed).toBe(NOT_JSON);
        else if (typeof parsed !== 'symbol' && !candidate.includes('\\')) {
          expect(describeValue(parsed)).toBe(describeValue(expected));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with a scan of each character about duplicates and depth', () => {
    const wrapped = fc
      .tuple(node, fc.array(fc.constantFrom('[', '{"":', '{":":')), fc.nat(70))
      .map(([tree, opens, more]): Node => {
        const levels = [...opens, ...Array<string>(more).fill('[')];
        return levels.reduce<Node>((value, open) => {
          if (open === '[') return { kind: 'array', elements: [value] };
          const spelt = open.slice(1, -1);
          return { kind: 'object', members: [{ key: JSON.parse(spelt), spelt, value }] };
        }, tree);
      });
    const seen = { valid: 0, duplicate: 0, deep: 0 };
    fc.assert(
      fc.property(fc.oneof(node, wrapped), gaps, (tree, stream) => {
        const text = writeLoosely(tree, stream);
        const { hasDuplicate, depth } = slowScan(text);
        const parsed = parseJson(text);
        seen[depth > MAX_DEPTH ? 'deep' : hasDuplicate ? 'duplicate' : 'valid']++;
        if (depth > MAX_DEPTH) expect(parsed).toBe(TOO_DEEP);
        else if (hasDuplicate) expect(parsed).toBe(DUPLICATE_MEMBER);
        else expect(describeValue(parsed)).toBe(describeValue(jsonValueOf(tree)));
      }),
      { numRuns: 3000 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100);
  });

  test.each([
    ['at the top', '{"a":1,"a":1}'],
    ['apart', '{"a":1,"b":{},"c":{},"a":2}'],
    ['one escaped', '{"a":1,"\\u0061":2}'],
    ['with an escaped surrogate pair', '{"🔑":1,"\\ud83d\\udd11":2}'],
    ['with an escaped slash', '{"a/b":1,"a\\/b":2}'],
    ['in an object in arrays', '[[{"x":[{"a":1,"b":2,"a":3}]}]]'],
    ['with empty names', '{"":1,"":2}'],
    ['named __proto__', '{"__proto__":1,"\\u005f_proto__":2}'],
    ['that are numbers', '{"1":1,"1":2}'],
    ['with white space', '{ "a" : 1 , \n\t"a"\r: 2 }'],
    ['with a colon in a string', '{"a":"x:y","a":":"}'],
    ['with as many names and `":` in strings as members', '{"a":":",":":1,"a":2}'],
    ['with white space before one colon only', '{"a" :1,"a":2,"b":":"}'],
  ])('rejects duplicate members %s', (_, text) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(parseJson(text)).toBe(DUPLICATE_MEMBER);
  });

  test('parses escaped names whatever the engine parsed before', () => {
    for (const start of ['', '"a":1,', '"sub":"ada",']) poison(start);
    expect(parseJson('{"a":1,"\\u0061":2}')).toBe(DUPLICATE_MEMBER);
    expect(parseJson('{"a":1,"\\u0062":2}')).toEqual({ a: 1, b: 2 });
    expect(parseJson('{"a":1,"\\"":2,"\\n":3}')).toEqual({ a: 1, '"': 2, '\n': 3 });
    JSON.parse('{"sub":"ada","ex\\\\":1}');
    expect(parseJson('{"sub":"ada","ex\\u0070":5}')).toEqual({ sub: 'ada', exp: 5 });
    JSON.parse('{"sub":"ada","https:\\\\":1}');
    expect(parseJson('{"sub":"ada","https:\\/\\/id.example\\/roles":[]}')).toEqual({
      sub: 'ada',
      'https://id.example/roles': [],
    });
  });

  test('accepts equal names in different objects, and colons in strings', () => {
    for (const text of [
      '[{"a":1},{"a":2}]',
      '{"a":{"a":{"a":1}}}',
      '{"a":":::","b":"{\\"a\\":1}"}',
    ]) {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }
  });

  test.each([
    ['arrays', '[', ']', 'null'],
    ['objects', '{"a":', '}', '1'],
    ['both', '[{"a":', '}]', '1'],
  ])('accepts 64 levels of %s and no more', (_, open, close, leaf) => {
    const levels = open.includes('[{') ? 2 : 1;
    const nest = (depth: number) => {
      const count = depth / levels;
      return open.repeat(count) + leaf + close.repeat(count);
    };
    expect(parseJson(nest(64))).toEqual(JSON.parse(nest(64)));
    expect(parseJson(nest(64 + levels))).toBe(TOO_DEEP);
  });

  test('rejects a million levels without recursion', () => {
    for (const open of ['[', '{"a":', '[{"":']) {
      expect(parseJson(open.repeat(1_000_000))).toBe(TOO_DEEP);
    }
  });

  test('does not count brackets in strings, nor brackets that are closed', () => {
    for (const value of [
      ['[{'.repeat(1000), { '{[': ']}' }],
      Array.from({ length: 1000 }, () => [{ a: [] }]),
    ]) {
      expect(parseJson(JSON.stringify(value))).toEqual(value);
    }
  });

  test('keeps "__proto__" not enumerable and out of prototypes', () => {
    const text = '{"a":1,"__proto__":{"admin":true},"b":{"__proto__":{"admin":true}}}';
    const value = parseJson(text) as Record<string, Record<string, unknown>>;
    for (const object of [value, value['b'] ?? {}]) {
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
      expect(Object.keys(object)).not.toContain('__proto__');
      expect(Object.hasOwn(object, '__proto__')).toBe(true);
      expect('admin' in Object.assign({}, object)).toBe(false);
      expect('admin' in { ...object }).toBe(false);
    }
    expect('admin' in {}).toBe(false);
  });

  test('returns scalars', () => {
    for (const text of ['null', 'true', '0', '"a"', ' 1 ', '1e400', '[]', '{}']) {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }
  });
});

test('isJsonObject accepts only objects that are not arrays', () => {
  for (const value of [null, undefined, 1, 'a', true, [], [{}]])
    expect(isJsonObject(value)).toBe(false);
  expect(isJsonObject({})).toBe(true);
});

test('deepFreeze freezes every level, also in members that are not enumerable', () => {
  const value = deepFreeze(parseJson('{"a":[{"b":{"c":1}}],"__proto__":{"d":[1]}}'));
  const frozen: boolean[] = [];
  const walk = (part: unknown) => {
    if (typeof part !== 'object' || part === null) return;
    frozen.push(Object.isFrozen(part));
    for (const key of Object.getOwnPropertyNames(part)) {
      walk(Object.getOwnPropertyDescriptor(part, key)?.value);
    }
  };
  walk(value);
  expect(frozen).toEqual(Array(6).fill(true));
});

describe('decodeText', () => {
  const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const read = (bytes: Uint8Array) => decodeText(Buffer.from(bytes).toString('base64url'));

  function expectedOf(bytes: Uint8Array): string | undefined {
    try {
      const text = fatal.decode(bytes);
      return text.startsWith('\uFEFF') ? undefined : text;
    } catch {
      return undefined;
    }
  }

  test('returns what a fatal TextDecoder returns, without a byte order mark', () => {
    const chunk = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => [...Buffer.from(text)]),
      fc.array(fc.nat(255), { maxLength: 4 }),
      fc.constantFrom(
        [0xef, 0xbb, 0xbf],
        [0xef, 0xbf, 0xbd],
        [0xc0, 0x80],
        [0xed, 0xa0, 0x80],
        [0xf4, 0x90, 0x80, 0x80],
        [0xf0, 0x9f, 0x98],
      ),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 4 }), (chunks) => {
        const bytes = new Uint8Array(chunks.flat());
        expect(read(bytes)).toBe(expectedOf(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test('does not depend on the length or on earlier calls', () => {
    for (const length of [0, 1, 6143, 6144, 6145, 8191, 8192, 8193, 30_000]) {
      const valid = Buffer.from('é'.repeat(length).slice(0, length));
      const invalid = Buffer.concat([valid, Buffer.from([0xff])]);
      expect(read(valid)).toBe(valid.toString());
      expect(read(invalid)).toBeUndefined();
      expect(read(Buffer.from('a'))).toBe('a');
      expect(read(Buffer.alloc(0))).toBe('');
    }
  });

  test('accepts U+FFFD, and U+FEFF that is not the first character', () => {
    expect(read(Buffer.from('a\uFEFF\uFFFD'))).toBe('a\uFEFF\uFFFD');
    expect(read(Buffer.from('\uFFFD'))).toBe('\uFFFD');
    expect(read(Buffer.from('\uFEFF{}'))).toBeUndefined();
  });
});
