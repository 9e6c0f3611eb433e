import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ProgressMessage } from '../../api/progress.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { displayProgress, progressBar } from './progress-display.ts';

const golden = (name: string): string => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');

const [a, b, c] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];
/** What the real CLI was shown when the golden files were recorded. */
const pull: ProgressMessage[] = [
  { status: 'Pulling from library/busybox', id: 'latest' },
  { status: 'Pulling fs layer', progressDetail: {}, id: a },
  { status: 'Pulling fs layer', progressDetail: {}, id: b },
  { status: 'Waiting', progressDetail: {}, id: b },
  { status: 'Downloading', progressDetail: { current: 1000, total: 2152262 }, progress: '[> ]', id: a },
  { status: 'Downloading', progressDetail: { current: 1076131, total: 2152262 }, progress: '[> ]', id: a },
  { status: 'Verifying Checksum', progressDetail: {}, id: a },
  { status: 'Download complete', progressDetail: {}, id: a },
  { status: 'Extracting', progressDetail: { current: 2152262, total: 2152262 }, progress: 'x', id: a },
  { status: 'Pull complete', progressDetail: {}, id: a },
  { status: 'Extracting', progressDetail: { current: 1, units: 's' }, progress: '1 s', id: b },
  { status: 'Downloading', progressDetail: { current: 500 }, progress: '1 s', id: b },
  { status: 'Pull complete', progressDetail: {}, id: b },
  { status: 'Already exists', progressDetail: {}, id: c },
  { status: 'Digest: sha256:75ada3655aaa6809a7dd99e4c49d217fecdda5a6eda34c532769a1e8f29fef18' },
  { status: 'Status: Downloaded newer image for busybox:latest' },
];

async function* stream(messages: ProgressMessage[]): AsyncGenerator<ProgressMessage> {
  yield* messages;
}

async function shown(messages: ProgressMessage[], isTty: boolean, columns = 80): Promise<string> {
  let text = '';
  const output = { isTty, write: async (bytes: Uint8Array) => void (text += decodeUtf8(bytes)) };
  await displayProgress(stream(messages), output, { columns });
  return text;
}

test('on a terminal a layer has one line, redrawn in place', async () => {
  expect(`Using default tag: latest\n${await shown(pull, true, 150)}docker.io/library/busybox:latest\n`).toBe(
    golden('pull-tty.golden'),
  );
});

test('elsewhere there are lines, and no bars', async () => {
  expect(`Using default tag: latest\n${await shown(pull, false)}docker.io/library/busybox:latest\n`).toBe(
    golden('pull-plain.golden'),
  );
});

test('an error in the stream is thrown, after all that came before it', async () => {
  let text = '';
  const output = { isTty: false, write: async (bytes: Uint8Array) => void (text += decodeUtf8(bytes)) };
  const messages = [pull[0]!, { errorDetail: { message: 'disk full' }, error: 'disk full' }, pull[1]!];
  await expect(displayProgress(stream(messages), output)).rejects.toThrow('disk full');
  expect(text).toBe('latest: Pulling from library/busybox\n');
});

test('a bar needs room, and time left needs a start', () => {
  const detail = { current: 25, total: 100, start: 100 };
  expect(progressBar(detail, 40, 110_000)).toBe('     25B/100B');
  expect(progressBar(detail, 100, 110_000)).toBe('     25B/100B 30s');
  expect(progressBar(detail, 111, 110_000)).toBe(`[============>${' '.repeat(38)}]      25B/100B 30s`);
  expect(progressBar({ current: 120, total: 100 }, 100, 0)).toBe('    120B');
  expect(progressBar({}, 100, 0)).toBe('');
});
