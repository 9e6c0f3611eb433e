import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { type TarHeader, TarError, blockSize, decodeHeader, encodeHeader } from './header.ts';
import { decodePax, encodePax } from './pax.ts';
import { type TarEntry, TarScanner } from './tar-scanner.ts';

const header = (changes: Partial<TarHeader> = {}): TarHeader => ({
  ...{ name: 'a', linkName: '', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, type: '0' },
  ...{ deviceMajor: 0, deviceMinor: 0, ...changes },
});

const padded = (bytes: Uint8Array) => concatBytes([bytes, new Uint8Array(-bytes.length & (blockSize - 1))]);
const end = new Uint8Array(2 * blockSize);

function scan(archive: Uint8Array, chunkSize = archive.length || 1): TarEntry[] {
  const entries: TarEntry[] = [];
  const scanner = new TarScanner((entry) => entries.push(entry));
  for (let at = 0; at < archive.length; at += chunkSize) {
    // Chunks are overwritten afterwards, as their owner may.
    const chunk = archive.slice(at, at + chunkSize);
    scanner.push(chunk);
    chunk.fill(0xaa);
  }
  scanner.end();
  return entries;
}

describe('header', () => {
  const text = (maxLength: number) => fc.stringMatching(/^[a-z/.é]*$/).filter((s) => encodeUtf8(s).length <= maxLength);
  test('every header it encodes it decodes', () => {
    const any = fc.record({
      name: text(100),
      linkName: text(100),
      mode: fc.nat(0o7777),
      uid: fc.nat(0o7777777),
      gid: fc.nat(0o7777777),
      size: fc.nat(0o77777777777),
      mtime: fc.nat(0o77777777777),
      type: fc.constantFrom(...'0123456xgLK'),
      deviceMajor: fc.nat(0o7777777),
      deviceMinor: fc.nat(0o7777777),
    });
    fc.assert(fc.property(any, (value) => void expect(decodeHeader(encodeHeader(value))).toEqual(value)));
  });

  test('a wrong checksum is refused', () => {
    const block = encodeHeader(header());
    block[0] = 'b'.charCodeAt(0);
    expect(() => decodeHeader(block)).toThrow(/checksum/);
  });

  test('what does not fit is refused', () => {
    expect(() => encodeHeader(header({ size: 2 ** 33 }))).toThrow(TarError);
    expect(() => encodeHeader(header({ name: 'x'.repeat(101) }))).toThrow(TarError);
  });
});

test('pax records survive, whatever their values hold', () => {
  const keyword = fc.string({ minLength: 1 }).filter((text) => !text.includes('='));
  const records = fc.uniqueArray(fc.tuple(keyword, fc.uint8Array({ maxLength: 200 })), { selector: ([key]) => key });
  fc.assert(
    fc.property(records, (pairs) => {
      const map = new Map(pairs.map(([key, value]) => [key.toWellFormed(), value]));
      expect(decodePax(encodePax(map))).toEqual(map);
    }),
  );
});

describe('random input', () => {
  test('neither crashes nor hangs the pax decoder', () => {
    const mostlyDigits = fc.string({ unit: fc.constantFrom(...'0123456789 =\na') }).map(encodeUtf8);
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), mostlyDigits), (bytes) => {
        try {
          decodePax(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TarError);
        }
      }),
    );
  });

  test('neither crashes nor hangs the scanner', () => {
    const block = fc.oneof(
      fc.record({ type: fc.constantFrom(...'0123567xgLKSV'), size: fc.nat(2000) }).map((h) => encodeHeader(header(h))),
      fc.uint8Array({ minLength: 512, maxLength: 512 }),
      fc.constant(encodeUtf8('30 mtime=1350244992.023960108\n')).map(padded),
      fc.constant(new Uint8Array(512)),
    );
    fc.assert(
      fc.property(fc.array(block), fc.integer({ min: 1, max: 1500 }), (blocks, chunkSize) => {
        try {
          scan(concatBytes(blocks), chunkSize);
        } catch (error) {
          expect(error).toBeInstanceOf(TarError);
        }
      }),
    );
  });
});

describe('archives made by tar', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'drydock-tar-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const long = `${'d'.repeat(90)}/${'é'.repeat(100)}`;
  const tar = (format: string, script: string, ...options: string[]) => {
    execFileSync('bash', ['-ec', script], { cwd: folder });
    return new Uint8Array(
      execFileSync('tar', ['-C', folder, `--format=${format}`, '--sort=name', ...options, '-c', '.'], {
        maxBuffer: 1 << 26,
      }),
    );
  };

  // Devices need root.
  test.skipIf(process.getuid?.() !== 0).each(['gnu', 'pax'])(
    '%s: types, long names, links and where content lies',
    (format) => {
      const archive = tar(
        format,
        `mkdir -p "${'d'.repeat(90)}" && echo -n long > "${long}" && echo -n hello > a && ln a b && ln -s "${long}" s
       mkfifo p && chmod 4751 a && mknod dev c 5 300 && truncate -s 0 empty`,
        '--mtime=@1700000000.5',
      );
      for (const chunkSize of [archive.length, 512, 100_000, 77]) {
        const entries = new Map(scan(archive, chunkSize).map((entry) => [entry.name, entry]));
        const content = ({ dataOffset, size }: TarEntry) => decodeUtf8(archive.slice(dataOffset, dataOffset + size));
        expect(entries.get('./')).toMatchObject({ type: 'directory', mtime: 1_700_000_000 });
        expect(entries.get('./a')).toMatchObject({ type: 'file', mode: 0o4751, size: 5 });
        expect(entries.get('./a')!.mtimeNanoseconds).toBe(format === 'pax' ? 500_000_000 : 0);
        expect(content(entries.get('./a')!)).toBe('hello');
        expect(content(entries.get(`./${long}`)!)).toBe('long');
        expect(entries.get('./b')).toMatchObject({ type: 'hardlink', linkName: './a', size: 0 });
        expect(entries.get('./s')).toMatchObject({ type: 'symlink', linkName: long });
        expect(entries.get('./p')).toMatchObject({ type: 'fifo' });
        expect(entries.get('./dev')).toMatchObject({ type: 'character', deviceMajor: 5, deviceMinor: 300 });
        expect(entries.size).toBe(9);
      }
    },
  );

  test('extended attributes', () => {
    const archive = tar('pax', 'echo x > f', '--pax-option=SCHILY.xattr.user.note:=a=b');
    expect(scan(archive).find(({ name }) => name === './f')?.xattrs).toEqual(
      new Map([['user.note', encodeUtf8('a=b')]]),
    );
  });

  test.each(['gnu', 'pax'])('%s: a sparse file is refused by name', (format) => {
    const archive = tar(format, 'truncate -s 1M holes && echo end >> holes', '--sparse');
    expect(() => scan(archive)).toThrow(/^sparse file .*holes: sparse entries are not supported/);
  });

  test('an archive cut short anywhere inside an entry is refused', () => {
    const archive = tar('pax', 'head -c 3000 /dev/urandom > f');
    const entry = scan(archive).find(({ name }) => name === './f')!;
    for (const length of [100, 700, entry.dataOffset - 1, entry.dataOffset + 1, entry.dataOffset + 2999]) {
      expect(() => scan(archive.slice(0, length))).toThrow(/^unexpected EOF/);
    }
  });
});

test('an archive without end blocks or final padding is complete', () => {
  const archive = concatBytes([encodeHeader(header({ size: 5 })), encodeUtf8('hello')]);
  expect(scan(archive)).toMatchObject([{ name: 'a', size: 5, dataOffset: 512 }]);
});

test('what follows the end of the archive is not looked at', () => {
  expect(scan(concatBytes([encodeHeader(header()), end, encodeUtf8('rubbish'.repeat(200))]))).toHaveLength(1);
});

test('a global pax header changes nothing', () => {
  const records = padded(encodePax(new Map([['path', encodeUtf8('other')]])));
  const archive = concatBytes([encodeHeader(header({ type: 'g', size: 14 })), records, encodeHeader(header()), end]);
  expect(scan(archive)).toMatchObject([{ name: 'a' }]);
});

test('a name or pax header of more than a megabyte is refused before it is read', () => {
  expect(() => scan(encodeHeader(header({ type: 'x', size: 2 << 20 })))).toThrow(/over 1048576/);
  expect(() => scan(encodeHeader(header({ type: 'L', size: 2 << 20 })))).toThrow(/over 1048576/);
});

test('sizes beyond 8 GiB, as GNU and as pax write them', () => {
  const gnu = encodeHeader(header());
  gnu.set(Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0), 124);
  let sum = 0;
  gnu.fill(0x20, 148, 156).forEach((byte) => (sum += byte));
  gnu.set(encodeUtf8(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  expect(decodeHeader(gnu)?.size).toBe(3 * 2 ** 32);

  const records = encodePax(new Map([['size', encodeUtf8('12884901888')]]));
  const entries: TarEntry[] = [];
  const scanner = new TarScanner((entry) => entries.push(entry));
  const x = encodeHeader(header({ type: 'x', size: records.length }));
  scanner.push(concatBytes([x, padded(records), encodeHeader(header())]));
  expect(entries).toMatchObject([{ size: 12884901888 }]);
  expect(() => scanner.end()).toThrow(/^unexpected EOF/);
});
