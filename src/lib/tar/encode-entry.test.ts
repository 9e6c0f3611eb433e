import { expect, test } from 'vitest';
import { encodeUtf8 } from '../bytes.ts';
import { encodeEntry, tarEnd, tarPadding } from './encode-entry.ts';
import type { TarHeader } from './header.ts';
import { type TarEntry, TarScanner } from './tar-scanner.ts';

const plain: TarHeader = {
  ...{ name: 'a', linkName: '', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, type: '0' },
  ...{ deviceMajor: 0, deviceMinor: 0 },
};

function scan(...blocks: readonly Uint8Array[]): TarEntry[] {
  const entries: TarEntry[] = [];
  const scanner = new TarScanner((entry) => entries.push(entry));
  for (const block of [...blocks, tarEnd]) scanner.push(block);
  scanner.end();
  return entries;
}

test('what fits into a header takes one block', () => {
  expect(encodeEntry(plain).length).toBe(512);
});

test.each<[string, Partial<TarHeader>]>([
  ['a long name', { name: 'd/'.repeat(200) + 'f' }],
  ['a name that is not ASCII', { name: 'größe' }],
  ['a long link', { type: '2', linkName: 'x'.repeat(300) }],
  ['large IDs', { uid: 3_000_000, gid: 4_000_000_000 }],
  ['a time before 1970', { mtime: -5 }],
])('%s comes back', (_name, changes) => {
  expect(scan(encodeEntry({ ...plain, ...changes }))[0]).toMatchObject({
    ...plain,
    ...changes,
    type: changes.type === '2' ? 'symlink' : 'file',
  });
});

test('extended attributes and content come back', () => {
  const content = encodeUtf8('hello');
  const xattrs = new Map([['security.capability', Uint8Array.of(1, 0, 2)]]);
  const entry = encodeEntry({ ...plain, size: content.length }, xattrs);
  const entries = scan(entry, content, tarPadding(content.length), encodeEntry({ ...plain, name: 'next' }));
  expect(entries.map(({ name }) => name)).toEqual(['a', 'next']);
  expect(entries[0]).toMatchObject({ size: 5, xattrs, dataOffset: entry.length });
});
