import * as z from 'zod';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { randomHex } from '../../lib/hex.ts';
import { formatRfc3339Nano, nowNanoseconds } from '../../lib/timestamp.ts';
import { dockerRoot } from '../runtime/paths.ts';

const identitySchema = z.object({
  id: z.string(),
  networks: z.object({ bridge: z.string(), host: z.string(), none: z.string() }),
  created: z.string(),
});

/** What stays the same for all engines of one guest: the ID that `docker info` shows, and the networks it began with. */
export type EngineIdentity = z.infer<typeof identitySchema>;

/** It is written last when a guest is made a Docker host, so its presence says that one is. */
export const identityFile = `${dockerRoot}/engine.json`;

export const createIdentity = (): EngineIdentity => ({
  id: randomHex(16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  networks: { bridge: randomHex(), host: randomHex(), none: randomHex() },
  created: formatRfc3339Nano(nowNanoseconds()),
});

/** Throws when the file does not hold one. */
export const parseIdentity = (bytes: Uint8Array): EngineIdentity => identitySchema.parse(JSON.parse(decodeUtf8(bytes)));
