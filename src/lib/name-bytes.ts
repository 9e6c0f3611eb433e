/**
 * File names are bytes to Linux and strings to us. Valid UTF-8 becomes the string it spells; any other byte becomes a
 * lone surrogate U+DC80–U+DCFF (Python's surrogateescape, PEP 383), so that every name survives the way there and back.
 */
import { encodeUtf8 } from './bytes.ts';

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeName(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}

function decodeEscaped(bytes: Uint8Array): string {
  let name = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at]!);
    const character = decodeCharacter(bytes.subarray(at, at + length));
    name += character ?? String.fromCharCode(0xdc00 + bytes[at]!);
    at += character === undefined ? 1 : length;
  }
  return name;
}

const sequenceLength = (first: number): number => (first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);

function decodeCharacter(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export function encodeName(name: string): Uint8Array {
  if (!/\p{Surrogate}/u.test(name)) return encodeUtf8(name);
  const bytes: number[] = [];
  for (const character of name) {
    const code = character.codePointAt(0)!;
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else bytes.push(...encodeUtf8(character));
  }
  return Uint8Array.from(bytes);
}
