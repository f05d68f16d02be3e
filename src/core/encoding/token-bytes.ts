/** Holds one token as bytes, in memory that all calls share: its MAC or signature is computed there. */

import { writeUtf8 } from './direct-buffer.ts';

/** A signing input with a dot and a signature behind it. `end` is the index of that dot. */
export interface SignedText {
  readonly text: string;
  readonly end: number;
}

/** Appends a signature to its input. */
export function withSignature(input: string, signature: string): SignedText {
  return { text: `${input}.${signature}`, end: input.length };
}

/** Bytes in front of the text, for the padded key of an HMAC: one block of SHA-512. */
export const TEXT_START = 128;

/** Characters: longer text gets memory of its own. */
export const MAX_SHARED_LENGTH = 8192;

const shared = allocate(MAX_SHARED_LENGTH);

let bytes = shared;
let holder: SignedText | undefined;
let front: Buffer | undefined;

function allocate(length: number): Buffer {
  // Four more, so that text that is cut off in the middle of a character never takes `length` bytes.
  return Buffer.alloc(TEXT_START + length + 4, 0);
}

/**
 * Writes a text, and returns whether it is ASCII. As latin1 it could not tell: Node.js writes U+0141 as "A",
 * which would give a token a second spelling.
 */
export function holdText(signed: SignedText): boolean {
  const { length } = signed.text;
  const target = length > MAX_SHARED_LENGTH ? allocate(length) : shared;
  if (target !== bytes) front = undefined;
  bytes = target;
  holder = undefined;
  const written = writeUtf8(bytes, signed.text, TEXT_START);
  holder = signed;
  return written === length;
}

/** The memory in which the text begins at {@link TEXT_START}. Valid until the next call of the library. */
export function bytesOf(signed: SignedText): Buffer {
  if (holder !== signed) holdText(signed);
  return bytes;
}

/** Writes a padded key in front of what {@link bytesOf} returned last, unless it is there. */
export function putInFront(key: Buffer): void {
  if (front === key) return;
  bytes.set(key, TEXT_START - key.length);
  front = key;
}

/** Overwrites a padded key in memory that is not shared: that memory is freed with what is in it. */
export function clearFront(): void {
  if (bytes === shared) return;
  bytes.fill(0, 0, TEXT_START);
  front = undefined;
}

/** Views of the shared memory: creating one costs as much as writing a token. */
const views = new Map<number, Buffer>();
const MAX_VIEWS = 1024;

/** Returns a part of what {@link bytesOf} returned. */
export function viewOf(bytes: Buffer, start: number, end: number): Buffer {
  if (bytes !== shared) return bytes.subarray(start, end);
  const place = start * 2 * MAX_SHARED_LENGTH + end;
  let view = views.get(place);
  if (!view) {
    if (views.size >= MAX_VIEWS) views.clear();
    view = bytes.subarray(start, end);
    views.set(place, view);
  }
  return view;
}

/** Overwrites the memory, and what padded key is in front of it. */
export function wipeBytes(): void {
  shared.fill(0);
  bytes = shared;
  holder = undefined;
  front = undefined;
}
