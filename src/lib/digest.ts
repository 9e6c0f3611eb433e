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

interface NodeCrypto {
  createHash(algorithm: 'sha256'): { update(chunk: Uint8Array): void; digest(encoding: 'hex'): string };
}
declare const process: { getBuiltinModule?(name: 'node:crypto'): NodeCrypto } | undefined;

/** Node has the processor's own instructions for it, which WebAssembly does not: seven times as fast. */
const nodeCrypto = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:crypto');

export async function createDigester(): Promise<Digester> {
  if (nodeCrypto) {
    const hash = nodeCrypto.createHash('sha256');
    return { update: (chunk) => hash.update(chunk), digest: () => `sha256:${hash.digest('hex')}` };
  }
  const hasher = await createSHA256();
  hasher.init();
  return { update: (chunk) => void hasher.update(chunk), digest: () => `sha256:${hasher.digest()}` };
}
