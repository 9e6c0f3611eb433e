import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** `fetch` for `file:` URLs too, which Node's own refuses: 404 where there is no such file. */
export const folderFetch: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.protocol !== 'file:') return fetch(input, init);
  try {
    const bytes = await readFile(fileURLToPath(url), { signal: init?.signal ?? undefined });
    return new Response(new Uint8Array(bytes));
  } catch (error) {
    if (!['ENOENT', 'EISDIR', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return new Response('', { status: 404, statusText: 'Not Found' });
  }
};
