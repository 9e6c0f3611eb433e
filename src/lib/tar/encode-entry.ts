/** The blocks before an entry's content: its header and, for what does not fit into one, a pax header before it. */
import { concatBytes, encodeUtf8 } from '../bytes.ts';
import { encodeName } from '../name-bytes.ts';
import { blockSize, encodeHeader, type TarHeader } from './header.ts';
import { encodePax, type PaxRecords } from './pax.ts';

const limits = { name: 100, id: 0o7777777, size: 0o77777777777, mtime: 0o77777777777 };
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

/** @param xattrs become `SCHILY.xattr.` records, as Docker writes and reads them. */
export function encodeEntry(header: TarHeader, xattrs: ReadonlyMap<string, Uint8Array> = new Map()): Uint8Array {
  const records: PaxRecords = new Map();
  const plain = { ...header };
  const shortened = (key: 'name' | 'linkName', keyword: string): void => {
    const bytes = encodeName(header[key]);
    if (bytes.length <= limits.name && isAscii(header[key])) return;
    records.set(keyword, bytes);
    plain[key] = header[key].replace(/[^\x00-\x7f]/gu, '').slice(0, limits.name);
  };
  const replaced = (key: 'uid' | 'gid' | 'size' | 'mtime', limit: number): void => {
    if (header[key] >= 0 && header[key] <= limit) return;
    records.set(key, encodeUtf8(String(header[key])));
    plain[key] = 0;
  };
  shortened('name', 'path');
  shortened('linkName', 'linkpath');
  replaced('uid', limits.id);
  replaced('gid', limits.id);
  replaced('size', limits.size);
  replaced('mtime', limits.mtime);
  for (const [name, value] of xattrs) records.set(`SCHILY.xattr.${name}`, value);
  if (records.size === 0) return encodeHeader(plain);
  const pax = encodePax(records);
  return concatBytes([
    encodeHeader({ ...plain, name: 'PaxHeaders.0', linkName: '', type: 'x', mode: 0o644, size: pax.length }),
    pax,
    tarPadding(pax.length),
    encodeHeader(plain),
  ]);
}

/** What follows content of this size up to the next block. */
export const tarPadding = (size: number): Uint8Array => new Uint8Array((blockSize - (size % blockSize)) % blockSize);

/** What ends an archive. */
export const tarEnd = new Uint8Array(2 * blockSize);
