/** Lower-case hexadecimal of bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** `byteCount` random bytes as hexadecimal; Docker's IDs are 32 bytes, 64 digits. */
export const randomHex = (byteCount = 32): string => toHex(crypto.getRandomValues(new Uint8Array(byteCount)));
