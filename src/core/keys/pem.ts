/** Finds PEM (RFC 7468) in a string, and repairs what its transport did to it. */

/** One block of a PEM text. */
export interface PemBlock {
  readonly label: string;
  /** `Proc-Type` and `DEK-Info` of an encrypted block of OpenSSL's own format, RFC 1421. */
  readonly headers: string;
  /** Base64 without white space. */
  readonly body: string;
}

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';

/** The headers of RFC 1421 §4.6. The initialization vector has one block of AES or of DES. */
const ENCRYPTION =
  /^\s*Proc-Type:\s*4,ENCRYPTED\s*DEK-Info:\s*([\w-]{1,40},(?:[\dA-F]{32}|[\dA-F]{16}))/i;

/** Returns the whole blocks of a text in order. Every search starts where the last one ended. */
export function findPemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let at = text.indexOf(BEGIN); at !== -1; at = text.indexOf(BEGIN, at)) {
    const labelStart = at + BEGIN.length;
    const labelEnd = text.indexOf(DASHES, labelStart);
    const end = labelEnd === -1 ? -1 : text.indexOf(END, labelEnd);
    const close = end === -1 ? -1 : text.indexOf(DASHES, end + END.length);
    if (close === -1) break;
    const content = text.slice(labelEnd + DASHES.length, end);
    blocks.push({ label: text.slice(labelStart, labelEnd), ...splitBlock(content) });
    at = close + DASHES.length;
  }
  return blocks;
}

/** Environment variables and editors turn line breaks into blanks, nothing, `\n`, `\r` or empty lines. */
function splitBlock(content: string): { headers: string; body: string } {
  const plain = unescapeLines(content);
  const [whole, dek] = ENCRYPTION.exec(plain) ?? [];
  const headers = whole ? `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${dek}\n\n` : '';
  return { headers, body: plain.slice(whole?.length ?? 0).replace(/\s/g, '') };
}

/** Turns escaped line ends into line ends, however often they were escaped. */
export function unescapeLines(text: string): string {
  // Runs of backslashes first: a pattern that starts at each of them costs the square of their number.
  return text.replace(/\\{2,}/g, '\\').replace(/\\[rn]/g, '\n');
}

/** Writes a block as OpenSSL reads it. */
export function writePem(label: string, body: string, headers = ''): string {
  const lines = body.replace(/.{64}(?=.)/g, '$&\n');
  return `${BEGIN}${label}${DASHES}\n${headers}${lines}\n${END}${label}${DASHES}\n`;
}
