/** Records of a pax extended header: `length keyword=value\n`, where values may hold any bytes. */
import { concatBytes, encodeUtf8 } from '../bytes.ts';
import { decodeName, encodeName } from '../name-bytes.ts';
import { TarError } from './header.ts';

export type PaxRecords = Map<string, Uint8Array>;

export function decodePax(bytes: Uint8Array): PaxRecords {
  const records: PaxRecords = new Map();
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const digits = blank < 0 ? '' : String.fromCharCode(...bytes.subarray(at, Math.min(blank, at + 20)));
    const end = at + (/^[0-9]+$/.test(digits) ? Number(digits) : 0);
    const equals = bytes.indexOf(0x3d, blank);
    if (end > bytes.length || equals < 0 || equals >= end - 1 || bytes[end - 1] !== 0x0a) {
      throw new TarError(`invalid pax header: malformed record at byte ${at}`);
    }
    records.set(decodeName(bytes.subarray(blank + 1, equals)), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

export function encodePax(records: PaxRecords): Uint8Array {
  return concatBytes(
    [...records].map(([keyword, value]) => {
      const rest = concatBytes([encodeName(` ${keyword}=`), value, encodeUtf8('\n')]);
      // The length counts its own digits.
      let length = rest.length + 1;
      while (String(length).length + rest.length > length) length = String(length).length + rest.length;
      return concatBytes([encodeUtf8(String(length)), rest]);
    }),
  );
}
