/** fetch for Node that connects to public addresses only: the check is made on the address, after its name was resolved. */
import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, fetch as undiciFetch } from 'undici';
import { checkAddress } from '../address-guard.ts';
import type { Trust, UpstreamFetch } from '../upstream.ts';

export interface GuardedFetchOptions {
  /** PEM certificates of authorities trusted instead of the system's. */
  readonly ca?: readonly string[];
  readonly idleSeconds: number;
}

/** A lookup for sockets that fails for a name with any address that is not public: it may be rebound to the others. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, []);
    try {
      for (const { address } of addresses) checkAddress(address, hostname);
    } catch (refusal) {
      return callback(refusal as NodeJS.ErrnoException, []);
    }
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    return callback(null, first!.address, first!.family);
  });
};

export function guardedFetch({ ca, idleSeconds }: GuardedFetchOptions): UpstreamFetch {
  const settings = { bodyTimeout: idleSeconds * 1000, maxHeaderSize: 32 << 10 };
  const agents = new Map<string, Agent>();
  const agentFor = ({ allowPrivate, anyCertificate }: Trust): Agent => {
    const key = `${allowPrivate} ${anyCertificate}`;
    let agent = agents.get(key);
    if (!agent) {
      const tls = { ...(ca && { ca: [...ca] }), ...(anyCertificate && { rejectUnauthorized: false }) };
      agent = new Agent({ ...settings, connect: { ...tls, ...(!allowPrivate && { lookup: publicLookup }) } });
      agents.set(key, agent);
    }
    return agent;
  };
  return async (url, { method, headers, body, signal }, trust) => {
    const response = await undiciFetch(url, {
      method,
      headers: [...headers],
      signal,
      redirect: 'manual',
      dispatcher: agentFor(trust),
      ...(body && { body, duplex: 'half' as const }),
    });
    // undici's own Response is not the platform's.
    const { status, statusText } = response;
    return new Response(response.body as ReadableStream<Uint8Array<ArrayBuffer>> | null, {
      status,
      statusText,
      headers: [...response.headers],
    });
  };
}
