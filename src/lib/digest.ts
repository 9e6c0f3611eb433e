/** OCI content digests, `sha256:` and 64 hexadecimal digits. */
import { createSHA256, sha256 } from 'hash-wasm';

export type Digest = `sha256:${string}`;

export const isDigest = (text: string): text is Digest => /^sha256:[0-9a-f]{64}$/.test(text);

/** The 12 hexadecimal digits Docker shows. */
export const shortId = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12);

export const digestOf = async (bytes: Uint8Array | string): Promise<Digest> => `sha256:${await sha256(bytes)}`;

/** Digests a stream. `crypto.subtle` wants all bytes at once. */
export interface Digester {
  update(chunk: Uint8Array): void;
  digest(): Digest;
}

export async function createDigester(): Promise<Digester> {
  const hasher = await createSHA256();
  hasher.init();
  return { update: (chunk) => void hasher.update(chunk), digest: () => `sha256:${hasher.digest()}` };
}
