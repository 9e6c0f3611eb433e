import { decodeName } from '../../lib/name-bytes.ts';
import type { Channel } from '../channel.ts';
import { open } from '../linux.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { openHow, openRoot, relativePath } from './open-in-root.ts';

const O_PATH_NOFOLLOW = open.O_PATH | open.O_NOFOLLOW;
const longestTarget = 4096;
/** Linux's limit of links in one look-up. */
const mostLinks = 40;
/** Parts of a path looked at by one program: each takes one of its registers. */
const partsAtOnce = 60;

/**
 * A path below `root` without symbolic links, the last part being one unless `followLast`; '' is the root. What does not
 * exist is kept as it is written. Rejects with an Error when links go round in circles.
 */
export async function resolvePath(
  channel: Channel,
  root: string,
  path: string,
  { followLast }: { readonly followLast: boolean },
): Promise<string> {
  let parts = cleanParts(path);
  for (let links = 0, known = 0; known < parts.length;) {
    const looked = parts.slice(known, known + partsAtOnce);
    const targets = await readLinks(channel, root, parts, known, looked.length);
    const at = targets.findIndex((target, i) => target !== '' && (followLast || known + i < parts.length - 1));
    if (at < 0) {
      known += looked.length;
      continue;
    }
    if (++links > mostLinks) throw new Error(`${path}: too many levels of symbolic links`);
    const target = targets[at]!;
    const before = target.startsWith('/') ? [] : parts.slice(0, known + at);
    parts = cleanParts([...before, target, ...parts.slice(known + at + 1)].join('/'));
    known = 0;
  }
  return parts.map((part) => `/${part}`).join('');
}

/** The targets of the links among some of a path's parts; '' for what is none. */
async function readLinks(
  channel: Channel,
  root: string,
  parts: readonly string[],
  first: number,
  count: number,
): Promise<string[]> {
  const p = new ProgramBuilder(`resolve ${parts.join('/')}`);
  const directory = openRoot(p, root);
  const links = Array.from({ length: count }, (_, i) => {
    const path = relativePath(parts.slice(0, first + i + 1).join('/'));
    return p.try.readlinkat(p.try.openat2(directory, path, openHow(O_PATH_NOFOLLOW)), '', longestTarget);
  });
  const result = await channel.run(p.build());
  return links.map((link) => (result.value(link) > 0 ? decodeName(result.output(link)) : ''));
}

/** The parts of a path from the root, which `..` does not lead out of. */
function cleanParts(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}
