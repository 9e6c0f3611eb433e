import { expect, test } from 'vitest';
import { encodeUtf8 } from '../lib/bytes.ts';
import { LessonError } from './lesson-error.ts';
import { parseLesson } from './parse-lesson.ts';

const manifest = `
minutes: 5
steps:
  - id: run
    check:
      - { name: ran, container: { image: hello-world }, count: { min: 1 } }
  - id: think
`;
const text = (title = 'Hello', command = 'docker run hello-world') => `---
title: ${title}
summary: It *says* hello.
---

Before <script>alert(1)</script> the [first](javascript:alert(1)) step, at 10:30.

## Run it {#run}

Do **this（注意）**吧:

\`\`\`run
${command}
\`\`\`

:::hint
Click it.
:::

:::missing
- \`ran\`: Nothing \`ran\`.
:::

## Think {#think}

:::quiz
Is it?

- [x] Yes

  It *is*.
- [ ] No

  It is not.
:::
`;

const parse = (files: Record<string, string>) =>
  parseLesson(
    'lessons/01-a/02-say-hello',
    Object.fromEntries(Object.entries(files).map(([path, content]) => [path, encodeUtf8(content)])),
  );
const problemsOf = (files: Record<string, string>): readonly string[] => {
  try {
    parse(files);
  } catch (error) {
    if (error instanceof LessonError) return error.problems;
    throw error;
  }
  return [];
};

test('a folder becomes a lesson', () => {
  const { lesson, texts } = parse({ 'lesson.yaml': manifest, 'en.md': text(), 'files/a/b': 'content' });
  expect(lesson).toMatchObject({ id: 'say-hello', minutes: 5 });
  expect(lesson.steps.map(({ id, solution }) => [id, solution])).toEqual([
    ['run', 'docker run hello-world'],
    ['think', undefined],
  ]);
  expect(Object.keys(lesson.files)).toEqual(['a/b']);
  const [english] = texts;
  expect(english!.steps[0]!.blocks.map(({ type }) => type)).toEqual(['text', 'command', 'hint']);
  expect(english!.steps[0]!.missing).toEqual({ ran: 'Nothing <code>ran</code>.' });
  expect(english!.steps[1]!.blocks).toEqual([
    {
      type: 'quiz',
      question: '<p>Is it?</p>',
      answers: [
        { html: 'Yes', correct: true, explanation: '<p>It <em>is</em>.</p>' },
        { html: 'No', correct: false, explanation: '<p>It is not.</p>' },
      ],
    },
  ]);
});

test('nothing in a text can run in the page, and what looks like a directive stays text', () => {
  const { intro, steps } = parse({ 'lesson.yaml': manifest, 'en.md': text() }).texts[0]!;
  expect(intro).toBe('<p>Before alert(1) the <a>first</a> step, at 10:30.</p>');
  expect(steps[0]!.blocks[0]).toEqual({ type: 'text', html: '<p>Do <strong>this（注意）</strong>吧:</p>' });
});

test('every mistake is told, with its file and line', () => {
  expect(problemsOf({})).toEqual(['lessons/01-a/02-say-hello/lesson.yaml: is not there']);
  expect(problemsOf({ 'lesson.yaml': manifest })[0]).toContain('has no text: en.md, zh-CN.md');
  expect(problemsOf({ 'lesson.yaml': `${manifest}    check: [{ name: x, imag: y }]`, 'en.md': text() })).toEqual([
    expect.stringMatching(/lesson\.yaml: steps\.1\.check\.0/),
    expect.stringMatching(/lesson\.yaml: steps\.1\.check\.0: Unrecognized key: "imag"/),
  ]);
  expect(problemsOf({ 'lesson.yaml': manifest, 'en.md': text().replace('{#run}', '') })).toEqual([
    'lessons/01-a/02-say-hello/en.md:8: a step’s heading ends with its id: ## Title {#id}',
  ]);
  expect(problemsOf({ 'lesson.yaml': manifest, 'en.md': text().replace(':::hint', ':::hnt') })[0]).toMatch(
    /en\.md:16: :::hnt means nothing/,
  );
  expect(problemsOf({ 'lesson.yaml': manifest, 'en.md': text().replace('`ran`:', '`run`:') })).toEqual([
    'lessons/01-a/02-say-hello/en.md: step run: does not say what to do while ran is missing',
    'lessons/01-a/02-say-hello/en.md: step run: there is no condition run',
  ]);
});

test('languages do the same', () => {
  const files = { 'lesson.yaml': manifest, 'en.md': text(), 'zh-CN.md': text('你好', 'docker run busybox') };
  expect(problemsOf(files)).toEqual([
    'lessons/01-a/02-say-hello/zh-CN.md: step run: has other commands, keys, hints or answers than en.md',
  ]);
  expect(problemsOf({ ...files, 'zh-CN.md': text('你好') })).toEqual([]);
});
