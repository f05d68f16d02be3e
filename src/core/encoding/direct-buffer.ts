/** Reads and writes strings in a Buffer without the checks of arguments, if the runtime has such methods. */

/** Methods that `write` and `toString` of Node.js call, which cost as much again as a short string. */
interface DirectMethods {
  utf8Write(text: string, offset: number, length: number): number;
  latin1Write(text: string, offset: number, length: number): number;
  base64urlWrite(text: string, offset: number, length: number): number;
  utf8Slice(start: number, end: number): string;
  base64urlSlice(start: number, end: number): string;
}

const NAMES = [
  'utf8Write',
  'latin1Write',
  'base64urlWrite',
  'utf8Slice',
  'base64urlSlice',
] as const;

/** The same with the documented methods. */
export const documented = {
  writeUtf8: (bytes: Buffer, text: string, offset: number) => bytes.write(text, offset),
  writeLatin1: (bytes: Buffer, text: string, offset: number) => bytes.write(text, offset, 'latin1'),
  writeBase64url: (bytes: Buffer, text: string) => bytes.write(text, 'base64url'),
  readUtf8: (bytes: Buffer, end: number) => bytes.toString('utf8', 0, end),
  readBase64url: (bytes: Buffer, end: number) => bytes.toString('base64url', 0, end),
};

type Direct = Buffer & DirectMethods;

/** With a length, whose default in workerd ignores the offset. */
export const direct: typeof documented = {
  writeUtf8: (bytes, text, offset) =>
    (bytes as Direct).utf8Write(text, offset, bytes.length - offset),
  writeLatin1: (bytes, text, offset) =>
    (bytes as Direct).latin1Write(text, offset, bytes.length - offset),
  writeBase64url: (bytes, text) => (bytes as Direct).base64urlWrite(text, 0, bytes.length),
  readUtf8: (bytes, end) => (bytes as Direct).utf8Slice(0, end),
  readBase64url: (bytes, end) => (bytes as Direct).base64urlSlice(0, end),
};

export const hasDirect = NAMES.every(
  (name) => typeof Reflect.get(Buffer.prototype, name) === 'function',
);

export const { writeUtf8, writeLatin1, writeBase64url, readUtf8, readBase64url } = hasDirect
  ? direct
  : documented;
