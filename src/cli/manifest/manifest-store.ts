/** Manifest lists in the making: a folder each below `~/.docker/manifests`, a file for each of its images (docker/cli). */
import { decodeUtf8, concatBytes } from '../../lib/bytes.ts';
import { readChunks } from '../../lib/read-chunks.ts';
import { type Reference, fullString } from '../../lib/reference.ts';
import { readTar } from '../../lib/tar/read-tar.ts';
import type { DockerCli } from '../docker-cli.ts';
import type { CliFiles } from '../io.ts';
import { type ImageManifest, decodeImageManifest, encodeImageManifest } from './image-manifest.ts';

export class ManifestStore {
  readonly #files: CliFiles;
  readonly #root: string;

  constructor({ io, folder }: Pick<DockerCli, 'io' | 'folder'>) {
    this.#files = io.files;
    this.#root = `${folder}/manifests`;
  }

  /** One image of a list; undefined when the list has none of this name. */
  async get(list: Reference, reference: Reference): Promise<ImageManifest | undefined> {
    try {
      return decodeImageManifest(decodeUtf8(await this.#files.read(`${this.#folder(list)}/${fileName(reference)}`)));
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The images of a list, in the order of their names; undefined when there is no such list. */
  async list(list: Reference): Promise<ImageManifest[] | undefined> {
    const texts = await this.#texts(list);
    if (texts.size === 0) return undefined;
    const names = [...texts.keys()].sort();
    return names.map((name) => decodeImageManifest(texts.get(name)!));
  }

  async save(list: Reference, reference: Reference, manifest: ImageManifest): Promise<void> {
    await this.#files.makeDirectory(this.#folder(list));
    const content = new Blob([encodeImageManifest(manifest)]).stream();
    await this.#files.writeStream(`${this.#folder(list)}/${fileName(reference)}`, content);
  }

  /** What is left is an empty folder, which counts for nothing. */
  async remove(list: Reference): Promise<void> {
    const names = [...(await this.#texts(list)).keys()];
    await Promise.all(names.map((name) => this.#files.remove(`${this.#folder(list)}/${name}`)));
  }

  #folder(list: Reference): string {
    return `${this.#root}/${fileName(list)}`;
  }

  async #texts(list: Reference): Promise<Map<string, string>> {
    const texts = new Map<string, string>();
    if (!(await this.#files.exists(this.#folder(list)))) return texts;
    let name = '';
    let content: Uint8Array[] = [];
    const finish = () => {
      if (name !== '') texts.set(name, decodeUtf8(concatBytes(content)));
    };
    for await (const part of readTar(readChunks(this.#files.pack(this.#folder(list), '.')))) {
      if ('content' in part) {
        content.push(part.content.slice());
        continue;
      }
      finish();
      name = part.entry.type === 'file' ? part.entry.name.replace(/^.*\//, '') : '';
      content = [];
    }
    finish();
    return texts;
  }
}

/** The list is not there. */
export const noSuchManifest = (reference: Reference): Error => new Error(`No such manifest: ${fullString(reference)}`);

const fileName = (reference: Reference): string => fullString(reference).replaceAll(':', '-').replaceAll('/', '_');
