/** A tar as it streams by: each entry, then its content piece by piece. */
import type { TarError } from './header.ts';
import { type TarEntry, TarScanner } from './tar-scanner.ts';

export type TarPart = { readonly entry: TarEntry } | { readonly content: Uint8Array };

/**
 * Yields an entry, then all of its content before the next one. Content is not copied: it is good until the next part
 * is asked for. Reads the source to its end, whatever follows the archive. Throws a TarError where the archive is
 * damaged or cut short, after what came before that.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarPart> {
  const found: TarEntry[] = [];
  const scanner = new TarScanner((entry) => found.push(entry));
  let start = 0;
  let contentEnd = 0;
  for await (const chunk of source) {
    let failure: TarError | undefined;
    try {
      scanner.push(chunk);
    } catch (error) {
      failure = error as TarError;
    }
    const end = start + chunk.length;
    const contentFrom = (from: number): Uint8Array => chunk.subarray(from - start, Math.min(contentEnd, end) - start);
    if (contentEnd > start) yield { content: contentFrom(start) };
    for (const entry of found.splice(0)) {
      yield { entry };
      contentEnd = entry.dataOffset + entry.size;
      if (entry.size > 0 && entry.dataOffset < end) yield { content: contentFrom(entry.dataOffset) };
    }
    start = end;
    if (failure) throw failure;
  }
  scanner.end();
}
