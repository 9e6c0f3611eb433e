export interface DownloadProgress {
  /** Bytes received so far, of all files together. */
  readonly received: number;
  /** Bytes there are in all; undefined while a server has not said, or sends a file compressed. */
  readonly total: number | undefined;
}

/**
 * Fetches files side by side and tells of every chunk. Rejects, naming the file, when one cannot be had: the name is
 * what a person who serves the app needs to know.
 */
export async function downloadFiles(
  urls: readonly string[],
  onProgress: (progress: DownloadProgress) => void,
): Promise<ArrayBuffer[]> {
  const received = urls.map(() => 0);
  const sizes: (number | undefined)[] = urls.map(() => undefined);
  const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

  return Promise.all(
    urls.map(async (url, index) => {
      const response = await fetchFile(url);
      sizes[index] = statedSize(response);
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      const reader = response.body!.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        chunks.push(next.value);
        received[index]! += next.value.length;
        onProgress({
          received: sum(received),
          total: sizes.every((size) => size !== undefined) ? sum(sizes) : undefined,
        });
      }
      return new Blob(chunks).arrayBuffer();
    }),
  );
}

/** Fetches one file; a network failure and an HTTP status both become an error that names it. */
export async function fetchFile(url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new Error(`downloading ${url}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (!response.ok)
    throw new Error(`downloading ${url}: the server answered ${response.status} ${response.statusText}`);
  return response;
}

/** A compressed response's Content-Length counts other bytes than those its body yields, so it says nothing. */
function statedSize(response: Response): number | undefined {
  const length = response.headers.get('content-length');
  return length === null || response.headers.has('content-encoding') ? undefined : Number(length);
}
