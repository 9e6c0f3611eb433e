// The larger programs of the learner's host (curl, nft, strace, …): one tar, fetched when somebody first uses one.

import { inflateStream } from '../engine/layers/inflate.ts';
import { LayerBuilder } from '../engine/layers/layer-builder.ts';
import { LayerTree } from '../engine/layers/layer-tree.ts';
import { layersRoot } from '../engine/runtime/paths.ts';
import { mount } from '../guest/linux.ts';
import type { FileTree } from '../guest/p9/file-tree.ts';
import { fileType } from '../guest/p9/file-tree.ts';
import { LazyTree } from '../guest/p9/lazy-tree.ts';
import { ProgramBuilder } from '../guest/program-builder.ts';
import { concatBytes } from '../lib/bytes.ts';
import { readChunks } from '../lib/read-chunks.ts';
import { TarScanner } from '../lib/tar/tar-scanner.ts';
import type { Machine } from '../machine/machine.ts';

const treeName = 'tools';

/** More than the tar has. */
const mostInodes = 20_000;

async function loadTools(url: string, fetchFile: typeof fetch): Promise<FileTree> {
  const response = await fetchFile(url);
  if (!response.ok) throw new Error(`loading the host's tools from ${url}: status ${response.status}`);
  const builder = new LayerBuilder();
  const scanner = new TarScanner((entry) => builder.add(entry));
  const chunks: Uint8Array[] = [];
  for await (const chunk of inflateStream(readChunks(response.body!))) {
    scanner.push(chunk);
    chunks.push(chunk.slice());
  }
  scanner.end();
  const tar = concatBytes(chunks);
  return new LayerTree(builder.finish(), {
    size: tar.length,
    read: (offset, count) => tar.subarray(offset, offset + count),
  });
}

/** Shows the tools at /opt/tools. The layer mount must be there; nothing is fetched yet. */
export async function mountTools(machine: Machine, url: string, fetchFile: typeof fetch): Promise<void> {
  machine.files.addTree(
    treeName,
    new LazyTree({
      load: () => loadTools(url, fetchFile),
      root: {
        ino: 1,
        mode: fileType.directory | 0o755,
        uid: 0,
        gid: 0,
        size: 4096,
        nlink: 2,
        mtime: 0,
        mtimeNanoseconds: 0,
      },
      inodeCount: mostInodes,
    }),
  );
  const p = new ProgramBuilder('mount the tools');
  p.mount(`${layersRoot}/${treeName}`, '/opt/tools', null, mount.MS_BIND);
  await machine.channel.run(p.build());
}
