import type { EventMessage } from '../api/events.ts';
import { nowNanoseconds } from '../lib/timestamp.ts';

/** An event before the wire gives it its old-style duplicates of fields. */
export interface EngineEvent {
  readonly type: EventMessage['Type'];
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly time: bigint;
}

type Listener = (event: EngineEvent) => void;

/** How many past events `since` can reach, as in moby's events package. */
const remembered = 256;

/** What happened in the engine, in order, to whoever listens. */
export class Events {
  readonly #listeners = new Set<Listener>();
  #past: EngineEvent[] = [];

  publish(type: EngineEvent['type'], action: string, id: string, attributes: Record<string, string> = {}): void {
    const event: EngineEvent = { type, action, id, attributes, time: nowNanoseconds() };
    this.#past.push(event);
    if (this.#past.length > remembered) this.#past = this.#past.slice(-remembered);
    for (const listener of this.#listeners) listener(event);
  }

  /** Past events still remembered, oldest first. */
  past(): readonly EngineEvent[] {
    return this.#past;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Calls `listener` for each event from now on, until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
