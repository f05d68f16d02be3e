import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeText,
  deepFreeze,
  isJsonObject,
  NOT_JSON,
  NOT_SAFE,
  parseJson,
} from '../../src/core/encoding/strict-json.ts';

/** A JSON text as it is written: members in a list, so that one can stand twice. */
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

/** The same key can be written in several ways; all of them are that key. */
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

function hasDouble(tree: Node): boolean {
  switch (tree.kind) {
    case 'scalar':
      return false;
    case 'array':
      return tree.elements.some(hasDouble);
    case 'object':
      return (
        new Set(tree.members.map((member) => member.key)).size < tree.members.length ||
        tree.members.some(({ value }) => hasDouble(value))
      );
  }
}

/** What the text says, found without reading names with JSON.parse, which some engines do wrong. */
function meaningOf(tree: Node): unknown {
  switch (tree.kind) {
    case 'scalar':
      return JSON.parse(tree.text);
    case 'array':
      return tree.elements.map(meaningOf);
    case 'object': {
      const object = {};
      for (const { key: name, value } of tree.members) {
        Object.defineProperty(object, name, { value: meaningOf(value), enumerable: true });
      }
      return object;
    }
  }
}

/**
 * V8 from 12.8 on takes an escaped name for one that ends in its backslash, once it has seen such a
 * name: https://github.com/nodejs/node/issues/63785.
 */
function poison(start: string): void {
  JSON.parse(`{${start}"\\\\":1}`);
}

/** Text that says what a value holds, hidden members included. */
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
  test('answers what the text says where no member stands twice, and refuses where one does', () => {
    fc.assert(
      fc.property(node, fc.constantFrom('', ' ', '\n\t', '\r\n '), (tree, space) => {
        const text = write(tree, space);
        if (hasDouble(tree)) expect(parseJson(text)).toBe(NOT_SAFE);
        else expect(describeValue(parseJson(text))).toBe(describeValue(meaningOf(tree)));
      }),
      { numRuns: 3000 },
    );
  });

  test('refuses what JSON.parse refuses, and throws nothing', () => {
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
          // It stays what it is.
        }
        const parsed = parseJson(candidate);
        if (expected === NOT_JSON) expect(parsed).toBe(NOT_JSON);
        else if (parsed !== NOT_SAFE && !candidate.includes('\\')) {
          expect(describeValue(parsed)).toBe(describeValue(expected));
        }
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"a":1,"a":2}}',
    '[[{"x":[{"a":1,"b":2,"a":3}]}]]',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"1":1,"1":2}',
    '{"a":{},"b":{},"a":{}}',
    '{"\\"":1,"\\u0022":2}',
  ])('refuses a member that stands twice: %s', (text) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(parseJson(text)).toBe(NOT_SAFE);
  });

  test('reads escaped names right, whatever the engine has read before', () => {
    for (const start of ['', '"a":1,', '"sub":"ada",']) poison(start);
    expect(parseJson('{"a":1,"\\u0061":2}')).toBe(NOT_SAFE);
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

  test('allows the same name in different objects, and colons in strings', () => {
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
  ])('allows 64 levels of %s and no more', (_, open, close, leaf) => {
    const levels = open.includes('[{') ? 2 : 1;
    const nest = (depth: number) => {
      const count = depth / levels;
      return open.repeat(count) + leaf + close.repeat(count);
    };
    expect(parseJson(nest(64))).toEqual(JSON.parse(nest(64)));
    expect(parseJson(nest(64 + levels))).toBe(NOT_SAFE);
  });

  test('refuses a million levels without recursion', () => {
    for (const open of ['[', '{"a":', '[{"":']) {
      expect(parseJson(open.repeat(1_000_000))).toBe(NOT_SAFE);
    }
  });

  test('does not count brackets in strings', () => {
    const text = JSON.stringify(['[{'.repeat(1000), { '{[': ']}' }]);
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test('counts width not as depth', () => {
    const text = JSON.stringify(Array.from({ length: 1000 }, () => [{ a: [] }]));
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test('keeps "__proto__" out of sight and out of prototypes', () => {
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

  test('answers scalars, too', () => {
    for (const text of ['null', 'true', '0', '"a"', ' 1 ', '1e400', '[]', '{}']) {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }
  });
});

test('only an object that is no array is a JSON object', () => {
  for (const value of [null, undefined, 1, 'a', true, [], [{}]])
    expect(isJsonObject(value)).toBe(false);
  expect(isJsonObject({})).toBe(true);
});

test('what is frozen is frozen at every depth, hidden members included', () => {
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

describe('the text of a segment', () => {
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

  test('is what a fatal TextDecoder reads, and never opens with a byte order mark', () => {
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

  test('does not depend on its length, nor on what was read before', () => {
    for (const length of [0, 1, 6143, 6144, 6145, 8191, 8192, 8193, 30_000]) {
      const good = Buffer.from('é'.repeat(length).slice(0, length));
      const bad = Buffer.concat([good, Buffer.from([0xff])]);
      expect(read(good)).toBe(good.toString());
      expect(read(bad)).toBeUndefined();
      expect(read(Buffer.from('a'))).toBe('a');
      expect(read(Buffer.alloc(0))).toBe('');
    }
  });

  test('lets U+FFFD and U+FEFF stand where they were meant', () => {
    expect(read(Buffer.from('a\uFEFF\uFFFD'))).toBe('a\uFEFF\uFFFD');
    expect(read(Buffer.from('\uFFFD'))).toBe('\uFFFD');
    expect(read(Buffer.from('\uFEFF{}'))).toBeUndefined();
  });
});
