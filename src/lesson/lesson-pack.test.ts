import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { encodeUtf8 } from '../lib/bytes.ts';
import { readPack } from './lesson-pack.ts';

const manifest = encodeUtf8('minutes: 5\nsteps: [{ id: look }]\n');
const text = encodeUtf8(
  '---\ntitle: Look\nsummary: Look.\n---\n\n## Look {#look}\n\nLook <img src=x onerror=alert(1)>.\n',
);

test('every folder with a lesson.yaml is a lesson, wherever it lies', () => {
  const folder = { 'lesson.yaml': manifest, 'en.md': text, files: { 'a.txt': encodeUtf8('a') } };
  const lessons = readPack(zipSync({ pack: { '01-one': folder, '02-two': folder }, 'README.md': text }));
  expect(lessons.map(({ lesson }) => [lesson.id, Object.keys(lesson.files)])).toEqual([
    ['one', ['a.txt']],
    ['two', ['a.txt']],
  ]);
  expect(readPack(zipSync(folder)).map(({ lesson }) => lesson.id)).toEqual(['lesson']);
  expect(JSON.stringify(lessons)).not.toContain('onerror');
});

test('what is no pack is refused, and so is one that grows too large', () => {
  expect(() => readPack(encodeUtf8('nothing'))).toThrow('the file is no zip');
  expect(() => readPack(zipSync({ 'README.md': text }))).toThrow('no lesson.yaml');
  expect(() => readPack(zipSync({ a: new Uint8Array(33 << 20) }, { level: 9 }))).toThrow('more than 32 MiB');
});
