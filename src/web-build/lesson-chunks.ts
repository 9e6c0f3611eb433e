// The lessons in the built page: a contents list that comes with the page, and for each lesson and language a chunk that
// is loaded when it is opened. Their Markdown is parsed here, so the page has no parser in it.

import { join, sep } from 'node:path';
import type { Plugin, ResolvedConfig } from 'vite';
import { locales, type Lesson } from '../lesson/lesson.ts';
import type { ParsedLesson } from '../lesson/parse-lesson.ts';
import { readLessons, type Part } from './read-lessons.ts';

const contentsId = 'virtual:drydock/lessons';
const lessonPrefix = 'virtual:drydock/lesson/';

export function lessonChunks(): Plugin {
  let config: ResolvedConfig;
  let parts: Part[] | undefined;
  const folder = () => join(config.root, 'lessons');
  const read = () => (parts ??= readLessons(folder()));
  return {
    name: 'drydock:lessons',
    configResolved(resolved) {
      config = resolved;
    },
    buildStart() {
      parts = undefined;
      this.addWatchFile(folder());
    },
    resolveId: (id) => (id === contentsId || id.startsWith(lessonPrefix) ? `\0${id}` : undefined),
    load(id) {
      if (id === `\0${contentsId}`) return contentsModule(read());
      if (!id.startsWith(`\0${lessonPrefix}`)) return undefined;
      const [lessonId, locale] = id.slice(lessonPrefix.length + 1).split('/');
      const lessons = read().flatMap((part) => part.lessons);
      const { lesson, texts } = lessons.find((one) => one.lesson.id === lessonId)!;
      const text = texts.find((one) => one.locale === locale)!;
      return `export const lesson = ${lessonCode(lesson)};\nexport const text = ${asCode(text)};\n`;
    },
    configureServer(server) {
      server.watcher.add(folder());
    },
    // In the dev server a changed lesson is a new page.
    hotUpdate({ file, server, timestamp }) {
      if (!file.startsWith(folder().replaceAll(sep, '/'))) return;
      parts = undefined;
      for (const [id, module] of this.environment.moduleGraph.idToModuleMap) {
        if (id.startsWith(`\0${contentsId}`) || id.startsWith(`\0${lessonPrefix}`)) {
          this.environment.moduleGraph.invalidateModule(module, undefined, timestamp, true);
        }
      }
      server.ws.send({ type: 'full-reload' });
    },
  };
}

function contentsModule(parts: readonly Part[]): string {
  const contents = parts.map(({ id, title, lessons }) => ({ id, title, lessons: lessons.map(entryOf) }));
  const loaders = parts
    .flatMap(({ lessons }) => lessons)
    .flatMap(({ lesson, texts }) => texts.map(({ locale }) => `${lesson.id}/${locale}`))
    .map((name) => `${JSON.stringify(name)}: () => import(${JSON.stringify(lessonPrefix + name)})`);
  return `export const parts = ${asCode(contents)};\nexport const loaders = { ${loaders.join(', ')} };\n`;
}

const entryOf = ({ lesson, texts }: ParsedLesson) => ({
  id: lesson.id,
  minutes: lesson.minutes,
  steps: lesson.steps.map(({ id }) => id),
  text: Object.fromEntries(
    locales.flatMap((locale) => {
      const text = texts.find((one) => one.locale === locale);
      return text ? [[locale, { title: text.title, summary: text.summary }]] : [];
    }),
  ),
});

/** The lesson as an expression; its files as base64. */
function lessonCode({ files, ...lesson }: Lesson): string {
  const encoded = Object.entries(files).map(
    ([path, content]) =>
      `${JSON.stringify(path)}: Uint8Array.from(atob("${Buffer.from(content).toString('base64')}"), (c) => c.charCodeAt(0))`,
  );
  return `{ ...${asCode(lesson)}, files: { ${encoded.join(', ')} } }`;
}

/** JSON in a string literal is parsed faster than an object literal of that size. */
const asCode = (value: unknown): string => `JSON.parse(${JSON.stringify(JSON.stringify(value))})`;
