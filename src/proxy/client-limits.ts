/** Keeps one client, or all together, from taking more of the proxy than their share. */
import { LRUCache } from 'lru-cache';
import { ProxyError } from './proxy-error.ts';

export interface LimitSettings {
  /** Requests a client may make in a minute, and at once after a pause. */
  readonly requestsPerMinute: number;
  readonly concurrentPerClient: number;
  readonly concurrent: number;
}

interface Client {
  running: number;
  /** Requests it may make now; grows with time up to a minute's worth. */
  allowance: number;
  /** Milliseconds of the clock. */
  at: number;
}

/** More clients than this and the ones longest unseen start afresh; bounds memory. */
const rememberedClients = 100_000;

export class ClientLimits {
  readonly #settings: LimitSettings;
  readonly #now: () => number;
  readonly #clients = new LRUCache<string, Client>({ max: rememberedClients });
  #running = 0;

  /** `now` tells milliseconds. */
  constructor(settings: LimitSettings, now: () => number = () => performance.now()) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Counts a request in; the function returned, called once, counts it out. Throws a ProxyError with status 429 or 503. */
  enter(address: string): () => void {
    const { requestsPerMinute, concurrentPerClient, concurrent } = this.#settings;
    const client = this.#client(address);
    if (client.allowance < 1) {
      const wait = Math.ceil(((1 - client.allowance) * 60) / requestsPerMinute);
      throw busy(429, `more than ${requestsPerMinute} requests a minute`, wait);
    }
    if (client.running >= concurrentPerClient)
      throw busy(429, `more than ${concurrentPerClient} requests at a time`, 1);
    if (this.#running >= concurrent) throw busy(503, 'the proxy serves as many requests as it may', 1);
    client.allowance -= 1;
    client.running++;
    this.#running++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      client.running--;
      this.#running--;
    };
  }

  #client(address: string): Client {
    const { requestsPerMinute } = this.#settings;
    const now = this.#now();
    const client = this.#clients.get(address) ?? { running: 0, allowance: requestsPerMinute, at: now };
    client.allowance = Math.min(requestsPerMinute, client.allowance + ((now - client.at) / 60_000) * requestsPerMinute);
    client.at = now;
    this.#clients.set(address, client);
    return client;
  }
}

const busy = (status: number, message: string, seconds: number): ProxyError =>
  new ProxyError(status, 'TOOMANYREQUESTS', message, { 'Retry-After': String(seconds) });
