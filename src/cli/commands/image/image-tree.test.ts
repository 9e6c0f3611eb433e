import { expect, test } from 'vitest';
import type { ImageSummary } from '../../../api/image.ts';
import type { CliIo } from '../../io.ts';
import { imageTree } from './image-tree.ts';

const image = (id: string, tags: string[], size: number): ImageSummary =>
  ({ Id: `sha256:${id}`, RepoTags: tags, Size: size, Created: 1 }) as ImageSummary;

const images = [
  image('37d4ab014ef5ffffffff', ['busybox:latest'], 2_060_000),
  image('c48248cbf5e0ffffffff', ['hello-world:latest'], 9580),
];

const io = (isTty: boolean, columns: number): CliIo =>
  ({ stdout: { isTty }, terminalSize: () => ({ columns, rows: 24 }) }) as unknown as CliIo;

// As docker 28.2 prints these images on a terminal and elsewhere.
test('a tree of images', () => {
  expect(imageTree(images, io(false, 0))).toBe(
    `WARNING: This is an experimental feature. The output may change and shouldn't be depended on.
                                                              Info ->  U In Use \n
\x1b[39m\x1b[1mIMAGE\x1b[0m                \x1b[39m\x1b[1mID\x1b[0m             \x1b[39m\x1b[1mDISK USAGE\x1b[0m   \x1b[39m\x1b[1mCONTENT SIZE\x1b[0m   \x1b[39m\x1b[1mEXTRA\x1b[0m
busybox:latest       37d4ab014ef5       2.06MB             0B        
hello-world:latest   c48248cbf5e0       9.58kB             0B        \n`,
  );
  const [warning, legend, , , first] = imageTree(images, io(true, 100)).split('\n');
  expect(warning).toMatch(/^\x1b\[93mWARNING/);
  expect(legend).toBe(
    `${' '.repeat(79)}\x1b[1m\x1b[106m\x1b[30mi\x1b[0m\x1b[0m \x1b[96mInfo → \x1b[0m\x1b[0m \x1b[38;5;0m\x1b[48;5;14m U \x1b[0m In Use `,
  );
  expect(first).toBe(
    '\x1b[34m\x1b[1mbusybox:latest\x1b[0m       \x1b[39m37d4ab014ef5\x1b[0m       \x1b[39m2.06MB\x1b[0m             \x1b[39m0B\x1b[0m        ',
  );
});
