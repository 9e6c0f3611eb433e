// A lesson pack: a zip with one or more lesson folders, as they lie in `lessons/`.

import { unzipSync } from 'fflate';
import { LessonError } from './lesson-error.ts';
import { parseLesson, type ParsedLesson } from './parse-lesson.ts';

/** Bytes of a pack's files in all, unpacked. A small zip can hold very much of nothing. */
const largestPack = 32 * 1024 * 1024;

/** The lessons of a zip. Throws a LessonError that says what is wrong with it. */
export function readPack(zip: Uint8Array): ParsedLesson[] {
  const files = unzip(zip);
  const folders = Object.keys(files).flatMap((path) => {
    const [, folder] = /^((?:[^/]+\/)*)lesson\.yaml$/.exec(path) ?? [];
    return folder === undefined ? [] : [folder];
  });
  if (folders.length === 0) throw new LessonError(['the zip has no lesson.yaml in it']);
  return folders.sort().map((folder) => {
    const own = Object.entries(files).filter(([path]) => path.startsWith(folder) && !path.endsWith('/'));
    return parseLesson(
      folder.replace(/\/$/, '') || 'lesson',
      Object.fromEntries(own.map(([path, content]) => [path.slice(folder.length), content])),
    );
  });
}

function unzip(zip: Uint8Array): Record<string, Uint8Array> {
  let size = 0;
  try {
    return unzipSync(zip, {
      filter({ originalSize }) {
        size += originalSize;
        if (size > largestPack) throw new LessonError([`the zip holds more than ${largestPack >> 20} MiB`]);
        return true;
      },
    });
  } catch (error) {
    if (error instanceof LessonError) throw error;
    throw new LessonError([`the file is no zip: ${error instanceof Error ? error.message : String(error)}`]);
  }
}
