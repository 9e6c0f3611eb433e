import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../bytes.ts';
import { encodeEntry, tarEnd, tarPadding } from './encode-entry.ts';
import { TarError } from './header.ts';
import { readTar } from './read-tar.ts';

const file = (name: string, content: Uint8Array): Uint8Array =>
  concatBytes([
    encodeEntry({
      ...{ name, linkName: '', mode: 0o644, uid: 0, gid: 0, size: content.length, mtime: 0, type: '0' },
      ...{ deviceMajor: 0, deviceMinor: 0 },
    }),
    content,
    tarPadding(content.length),
  ]);

/** The parts of an archive that comes in pieces of these sizes, over and over. */
async function read(archive: Uint8Array, sizes: readonly number[]): Promise<Record<string, Uint8Array>> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0, turn = 0; at < archive.length; turn++) {
      const piece = archive.slice(at, (at += sizes[turn % sizes.length]!));
      yield piece;
      // The owner may use it again.
      piece.fill(0xaa);
    }
  }
  const contents: Record<string, Uint8Array> = {};
  let name = '';
  for await (const part of readTar(pieces())) {
    if ('entry' in part) contents[(name = part.entry.name)] = new Uint8Array();
    else contents[name] = concatBytes([contents[name]!, part.content.slice()]);
  }
  return contents;
}

describe('readTar', () => {
  const files = fc.uniqueArray(
    fc.record({ name: fc.stringMatching(/^[a-z]{1,8}$/), content: fc.uint8Array({ maxLength: 1500 }) }),
    { selector: ({ name }) => name, maxLength: 6 },
  );

  test('gives every entry its content, however the archive is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        files,
        fc.array(fc.integer({ min: 1, max: 1200 }), { minLength: 1, maxLength: 4 }),
        async (list, sizes) => {
          const archive = concatBytes([...list.map(({ name, content }) => file(name, content)), tarEnd]);
          expect(await read(archive, sizes)).toEqual(
            Object.fromEntries(list.map(({ name, content }) => [name, content])),
          );
        },
      ),
    );
  });

  test('gives what comes before the damage, then fails', async () => {
    const archive = concatBytes([file('a', new Uint8Array(3)), new Uint8Array(512).fill(1)]);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const part of readTar(new Response(archive as Uint8Array<ArrayBuffer>).body!))
        if ('entry' in part) seen.push(part.entry.name);
    })();
    await expect(reading).rejects.toThrow(TarError);
    expect(seen).toEqual(['a']);
    await expect(read(file('a', new Uint8Array(600)).subarray(0, 900), [512])).rejects.toThrow(/^unexpected EOF/);
  });
});
