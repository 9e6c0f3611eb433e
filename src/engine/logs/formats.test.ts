import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { JsonFileFormat } from './json-file-format.ts';
import { LocalFormat } from './local-format.ts';
import type { LogChunk, LogFormat } from './log-format.ts';
import { PendingLines } from './pending-lines.ts';

const time = 1_795_271_089_195_722_000n;

const chunk = (text: string | Uint8Array, stream: LogChunk['stream'] = 'stdout'): LogChunk => {
  const bytes = typeof text === 'string' ? encodeUtf8(text) : text;
  return { stream, time, bytes, lines: 1 };
};

const formats: readonly (readonly [string, LogFormat])[] = [
  ['json-file', new JsonFileFormat()],
  ['json-file with attributes', new JsonFileFormat({ tag: 'a "b"', env: 'é' })],
  ['local', new LocalFormat()],
];

describe.each(formats)('%s', (_name, format) => {
  const lineArbitrary = fc.array(
    fc.tuple(fc.constantFrom<LogChunk['stream']>('stdout', 'stderr'), fc.string({ unit: 'grapheme', maxLength: 60 })),
    { maxLength: 20 },
  );

  it('reads what it wrote, however it is cut', () => {
    fc.assert(
      fc.property(lineArbitrary, fc.nat(), (written, cut) => {
        const expected = written.map(([stream, text]) => [stream, `${text.replaceAll('\n', ' ')}\n`] as const);
        const file = concatBytes(expected.map(([stream, text]) => format.encode(chunk(text, stream))));
        const first = format.decode(file.slice(0, cut % (file.length + 1)));
        const second = format.decode(file.slice(first.used));
        const read = [...first.entries, ...second.entries];
        expect(read.map(({ stream, line }) => [stream, decodeUtf8(line)])).toEqual(expected);
        expect(read.every((entry) => entry.time === time)).toBe(true);
        expect(first.used + second.used).toBe(file.length);
      }),
    );
  });

  it('finds the last entries', () => {
    fc.assert(
      fc.property(lineArbitrary, fc.nat({ max: 25 }), (written, count) => {
        const entries = written.map(([stream, text]) =>
          format.encode(chunk(`${text.replaceAll('\n', ' ')}\n`, stream)),
        );
        const { start, found } = format.lastEntries(concatBytes(entries), count);
        const wanted = count === 0 ? [] : entries.slice(-count);
        expect(found).toBe(wanted.length);
        expect(concatBytes([...entries.slice(0, entries.length - found), new Uint8Array()]).length).toBe(start);
      }),
    );
  });

  it('ends a file between two entries', () => {
    const entries = ['one\n', 'two\n', 'three\n'].map((text) => format.encode(chunk(text)));
    const file = concatBytes(entries);
    const firstTwo = entries[0]!.length + entries[1]!.length;
    expect(format.endAfter(file, 1)).toBe(entries[0]!.length);
    expect(format.endAfter(file, entries[0]!.length)).toBe(entries[0]!.length);
    expect(format.endAfter(file, entries[0]!.length + 1)).toBe(firstTwo);
    expect(format.endAfter(file, 1e9)).toBe(file.length);
  });

  it('survives anything in its file', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { used } = format.decode(bytes.slice());
        expect(used).toBeLessThanOrEqual(bytes.length);
        format.lastEntries(bytes, 3);
        expect(format.endAfter(bytes, 5)).toBeLessThanOrEqual(Math.max(bytes.length, 5 + 2 ** 33));
      }),
    );
  });

  it('keeps the parts of a long line apart', () => {
    const { entries } = format.decode(format.encode(chunk(`${'x'.repeat(40_000)}\n`)));
    expect(entries.map(({ line }) => line.length)).toEqual([16_384, 16_384, 7233]);
  });
});

describe('json-file', () => {
  it('writes what a real Docker 26.1 wrote', () => {
    const format = new JsonFileFormat({ tag: 'l1', foo: 'bar' });
    const bytes = concatBytes([
      encodeUtf8('a\tb<>&"\\ \u0001\u007f \u2028 '),
      Uint8Array.of(0xff, 0xc0),
      encodeUtf8('x é\n'),
    ]);
    expect(decodeUtf8(format.encode(chunk(bytes)))).toBe(
      '{"log":"a\\u0009b\\u003c\\u003e\\u0026\\"\\\\ \\u0001\u007f \\u2028 \\ufffd\\ufffdx é\\n","stream":"stdout",' +
        '"attrs":{"foo":"bar","tag":"l1"},"time":"2026-11-21T14:24:49.195722Z"}\n',
    );
  });

  it('gives each line of a chunk its own instant', () => {
    const { entries } = new JsonFileFormat().decode(
      new JsonFileFormat().encode({ stream: 'stdout', time: 1_999_999_999n, bytes: encodeUtf8('a\nb\nc\n'), lines: 3 }),
    );
    expect(entries.map((entry) => entry.time)).toEqual([1_999_999_999n, 2_000_000_000n, 2_000_000_001n]);
  });
});

describe('local', () => {
  it('writes what a real Docker 26.1 wrote', () => {
    const written = new LocalFormat().encode(chunk('a\n'));
    expect(decodeUtf8(written.slice(4, 12))).toBe('\n\u0006stdout');
    expect([...written.slice(0, 4)]).toEqual([0, 0, 0, 0x15]);
    expect([...written.slice(-7)]).toEqual([0x1a, 1, 97, 0, 0, 0, 0x15]);
  });
});

describe('PendingLines', () => {
  const text = (chunks: readonly LogChunk[]): string[] => chunks.map(({ bytes }) => decodeUtf8(bytes));

  it('keeps lines whole, and streams apart', () => {
    const pending = new PendingLines(10);
    pending.add('stdout', encodeUtf8('one\ntw'));
    pending.add('stderr', encodeUtf8('err'));
    pending.add('stdout', encodeUtf8('o\n'));
    expect(text(pending.take(Infinity))).toEqual(['one\n', 'two\n']);
    pending.finish();
    expect(text(pending.take(Infinity))).toEqual(['err']);
    expect(pending.size).toBe(0);
  });

  it('drops the oldest, or refuses the youngest', () => {
    const pending = new PendingLines(10);
    for (const line of ['one\n', 'two\n', 'six\n']) pending.add('stdout', encodeUtf8(line));
    expect(pending.dropBeyond(25)).toBe(true);
    expect(pending.dropBeyond(25)).toBe(false);
    // What would leave less than the log has room for stays.
    expect(pending.size).toBe(28);
    pending.add('stdout', encodeUtf8('ten\n'));
    pending.refuseBeyond(30);
    expect(text(pending.take(Infinity))).toEqual(['two\n', 'six\n']);
  });
});
