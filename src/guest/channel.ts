/**
 * The host's side of the guest protocol: runs op programs, carries byte streams, and hands out what the agent reports
 * by itself (docs/guest-protocol.md). It knows nothing of what the programs are for.
 */
import { ByteReader, concatBytes } from '../lib/bytes.ts';
import type { Duplex } from '../lib/duplex.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { ChannelStream, GUEST_TO_HOST_CREDIT, type StreamState } from './channel-stream.ts';
import { FRAME_HEADER_SIZE, type Frame, FrameDecoder, FrameType, writeFrameHeader } from './frames.ts';
import { guarded } from './guarded.ts';
import { type ExitHandler, Processes, type ProcessesState } from './processes.ts';
import { encodeProgram, type Op, type Program } from './program.ts';
import { decodeResults, GuestError, type ProgramResult } from './results.ts';

/** The process at the other end of an accepted connection, as the guest's kernel names it (0 when it is not local). */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export type AcceptHandler = (connection: Duplex, peer: Peer) => void;
/** @param revents poll's bits. */
export type ReadyHandler = (revents: number) => void;

/** One program as the trace keeps it. Times are milliseconds of `performance.now()`. */
export interface ProgramRecord {
  readonly program: Program;
  readonly result?: ProgramResult;
  readonly error?: Error;
  readonly sent: number;
  readonly received: number;
}

interface PendingRun {
  readonly program: Program;
  readonly sent: number;
  resolve(result: ProgramResult): void;
  reject(error: Error): void;
}

type Credentials = readonly [pid: number, uid: number, gid: number];

/** A channel at rest, as plain JSON: what a saved machine needs to be talked to again. */
export interface ChannelState {
  readonly nextId: number;
  readonly streams: readonly StreamState[];
  /** First credit of a listener's connections. */
  readonly listeners: readonly (readonly [id: number, credit: number])[];
  /** Connections and events nobody has taken yet. */
  readonly accepted: readonly (readonly [listener: number, stream: number, peer: Credentials])[];
  readonly ready: readonly (readonly [watch: number, revents: number])[];
  readonly processes: ProcessesState;
  /** The start of a frame that has not arrived whole. */
  readonly partial: string;
}

export class Channel {
  /** The credit to give to the ops `stream` and `listener`. */
  readonly initialCredit = GUEST_TO_HOST_CREDIT;
  /** The agent has started; never resolves on a restored channel. Rejects when the channel is closed first. */
  readonly hello: Promise<void>;
  /** Called with every program that has run, failed ones included. */
  onProgram: ((record: ProgramRecord) => void) | undefined;

  readonly #write: (bytes: Uint8Array) => void;
  readonly #decoder = new FrameDecoder();
  readonly #runs = new Map<number, PendingRun>();
  readonly #streams = new Map<number, ChannelStream>();
  readonly #listeners = new Map<number, number>();
  readonly #processes = new Processes();
  readonly #acceptHandlers = new Map<number, AcceptHandler>();
  readonly #readyHandlers = new Map<number, ReadyHandler>();
  #accepted: [listener: number, stream: number, peer: Peer][] = [];
  #ready: [watch: number, revents: number][] = [];
  #outgoing: Uint8Array[] = [];
  #flushing = false;
  #nextRequest = 1;
  #nextId = 2;
  #closed: Error | undefined;
  #greet!: { resolve(): void; reject(error: Error): void };

  /**
   * @param write takes bytes for the agent's port, in order; it may not keep the caller waiting.
   * @param state of a channel whose machine was saved and is now restored.
   */
  constructor(write: (bytes: Uint8Array) => void, state?: ChannelState) {
    this.#write = write;
    this.hello = new Promise((resolve, reject) => (this.#greet = { resolve, reject }));
    this.hello.catch(() => {});
    if (state) this.#restore(state);
  }

  /** Takes bytes that came from the port, in chunks of any size; they must not be reused afterwards. */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      for (const frame of this.#decoder.push(bytes)) this.#dispatch(frame);
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Runs a program. Rejects with a GuestError, which has the result too, when it fails in the guest. */
  async run(program: Program): Promise<ProgramResult> {
    if (this.#closed) throw this.#closed;
    const bytes = encodeProgram(program);
    const request = this.#nextRequest;
    this.#nextRequest = (request + 1) >>> 0;
    const sent = performance.now();
    return new Promise((resolve, reject) => {
      this.#runs.set(request, { program, sent, resolve, reject });
      this.#send(FrameType.run, request, bytes);
    });
  }

  /** An id for the op `stream`, unused so far. */
  allocateStream(): number {
    const id = this.#nextId;
    this.#nextId = (id + 2) >>> 0;
    return id;
  }

  /** An id for the op `listener`. */
  allocateListener(): number {
    return this.allocateStream();
  }

  /** An id for the op `watch`. */
  allocateWatch(): number {
    return this.allocateStream();
  }

  /**
   * The stream with an id that was allocated here. It may be asked for before the program with the op `stream` runs:
   * bytes flow once that has succeeded, and both sides fail when it does not.
   */
  stream(id: number): Duplex {
    return this.#streamFor(id).take();
  }

  /**
   * An open stream that somebody else had before, who has let go of its readers and writers; undefined when it has ended
   * and been read to its end.
   */
  adopt(id: number): Duplex | undefined {
    return this.#streams.get(id)?.take();
  }

  /** Receives the connections of a listener, those that came before included. */
  onAccept(listener: number, handler: AcceptHandler): void {
    this.#acceptHandlers.set(listener, handler);
    const waiting = this.#accepted.filter(([id]) => id === listener);
    this.#accepted = this.#accepted.filter(([id]) => id !== listener);
    for (const [, stream, peer] of waiting) handler(this.stream(stream), peer);
  }

  /** Receives the events of a watch, one that came before included; `rewatch` arms it again. */
  onReady(watch: number, handler: ReadyHandler): void {
    this.#readyHandlers.set(watch, handler);
    const waiting = this.#ready.filter(([id]) => id === watch);
    this.#ready = this.#ready.filter(([id]) => id !== watch);
    for (const [, revents] of waiting) handler(revents);
  }

  /** Calls the handler for the end of every process that programs have started. Returns a way to stop that. */
  onExit(handler: ExitHandler): () => void {
    return this.#processes.onExit(handler);
  }

  /**
   * The wait status of a process that an op `clone` has started, once it ends. Ask when `run` has returned: the status of
   * a process that has ended in the meantime is kept, until its pid is given to another.
   */
  async exited(pid: number): Promise<number> {
    if (this.#closed) throw this.#closed;
    return this.#processes.exited(pid);
  }

  /** Whether a program has started this process. */
  knows(pid: number): boolean {
    return this.#processes.knows(pid);
  }

  /** When a process ended, in nanoseconds since 1970; undefined while it runs. */
  endedAt(pid: number): bigint | undefined {
    return this.#processes.endedAt(pid);
  }

  /** Ends the channel: everything under way and everything asked of it later fails with `error`. */
  close(error: Error): void {
    if (this.#closed) return;
    this.#closed = error;
    for (const run of this.#runs.values()) {
      run.reject(error);
      this.onProgram?.({ program: run.program, error, sent: run.sent, received: performance.now() });
    }
    this.#runs.clear();
    for (const stream of [...this.#streams.values()]) stream.fail(error);
    this.#streams.clear();
    this.#processes.fail(error);
    this.#greet.reject(error);
  }

  /** The state for another Channel to go on with. Throws an Error while a program runs. */
  save(): ChannelState {
    if (this.#runs.size > 0) throw new Error(`save channel: ${this.#runs.size} programs are running`);
    this.#flush();
    return {
      nextId: this.#nextId,
      streams: [...this.#streams.values()].map((stream) => stream.save()),
      listeners: [...this.#listeners],
      accepted: this.#accepted.map(([listener, stream, { pid, uid, gid }]) => [listener, stream, [pid, uid, gid]]),
      ready: this.#ready,
      processes: this.#processes.save(),
      partial: toBase64(this.#decoder.partial()),
    };
  }

  #restore(state: ChannelState): void {
    this.#nextId = state.nextId;
    for (const stream of state.streams) this.#streamFor(stream.id).restore(stream);
    for (const [id, credit] of state.listeners) this.#listeners.set(id, credit);
    this.#accepted = state.accepted.map(([listener, stream, [pid, uid, gid]]) => [listener, stream, { pid, uid, gid }]);
    this.#ready = state.ready.map(([watch, revents]) => [watch, revents]);
    this.#processes.restore(state.processes);
    this.#decoder.push(fromBase64(state.partial));
  }

  #streamFor(id: number): ChannelStream {
    let stream = this.#streams.get(id);
    if (!stream) {
      stream = new ChannelStream(id, this.#sendFrame, () => this.#streams.delete(id));
      this.#streams.set(id, stream);
      if (this.#closed) stream.fail(this.#closed);
    }
    return stream;
  }

  readonly #sendFrame = (type: number, id: number, payload?: Uint8Array): void => this.#send(type, id, payload);

  /** Queues a frame; those of one turn go to the port together. */
  #send(type: number, id: number, payload: Uint8Array = new Uint8Array()): void {
    if (this.#closed) return;
    const header = new Uint8Array(FRAME_HEADER_SIZE);
    writeFrameHeader(header, type, id, payload.length);
    this.#outgoing.push(header);
    if (payload.length > 0) this.#outgoing.push(payload);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const frames = this.#outgoing;
    this.#outgoing = [];
    if (frames.length > 0 && !this.#closed) this.#write(concatBytes(frames));
  }

  #dispatch({ type, id, payload }: Frame): void {
    const reader = new ByteReader(payload);
    switch (type) {
      case FrameType.result:
        return this.#finished(id, payload);
      case FrameType.data:
        return this.#streams.get(id)?.received(payload);
      case FrameType.credit:
        return this.#streams.get(id)?.granted(reader.u32());
      case FrameType.eof:
        return this.#streams.get(id)?.guestEnded();
      case FrameType.stop:
        return this.#streams.get(id)?.guestStopped(reader.i32());
      case FrameType.exit:
        return this.#processes.ended(id, reader.u32());
      case FrameType.accept:
        return this.#connected(id, reader.u32(), { pid: reader.u32(), uid: reader.u32(), gid: reader.u32() });
      case FrameType.ready: {
        const revents = reader.u32();
        const handler = this.#readyHandlers.get(id);
        if (handler) guarded(() => handler(revents));
        else this.#ready.push([id, revents]);
        return;
      }
      case FrameType.hello:
        return this.#greet.resolve();
      default:
        throw new Error(`read frame: unknown type ${type}`);
    }
  }

  #finished(request: number, payload: Uint8Array): void {
    const run = this.#runs.get(request);
    if (!run) return;
    this.#runs.delete(request);
    const { program, sent } = run;
    const received = performance.now();
    let result: ProgramResult | undefined;
    let error: Error | undefined;
    try {
      result = decodeResults(program, payload);
      error = GuestError.from(result);
      for (const { op, result: value } of result.ops) this.#note(op, value, error);
      this.#processes.started(result);
    } catch (cause) {
      error = cause as Error;
    }
    guarded(() => this.onProgram?.({ program, result, error, sent, received }));
    if (!error) return run.resolve(result!);
    this.#failStreams(program, error);
    run.reject(error);
  }

  /** Keeps up with what an op made the agent open or close. */
  #note(op: Op, result: number, error: Error | undefined): void {
    const [first, id, mode, credit] = op.args.map((arg) => (arg.kind === 'int' ? arg.value >>> 0 : -1));
    if (result < 0) return;
    if (op.name === 'stream' && !error) this.#streamFor(id!).open(mode!, credit!);
    if (op.name === 'listener' && !error) this.#listeners.set(id!, mode!);
    if (op.name === 'unlisten') {
      this.#listeners.delete(first!);
      this.#acceptHandlers.delete(first!);
    }
    if (op.name === 'unwatch') this.#readyHandlers.delete(first!);
  }

  /** The streams a failed program would have opened have failed with it: the agent takes them back. */
  #failStreams(program: Program, error: Error): void {
    for (const op of program.ops) {
      const id = op.name === 'stream' ? op.args[1] : undefined;
      if (id?.kind !== 'int') continue;
      this.#streams.get(id.value >>> 0)?.fail(error);
      this.#streams.delete(id.value >>> 0);
    }
  }

  #connected(listener: number, id: number, peer: Peer): void {
    this.#streamFor(id).open(3, this.#listeners.get(listener) ?? this.initialCredit);
    const handler = this.#acceptHandlers.get(listener);
    if (handler) guarded(() => handler(this.stream(id), peer));
    else this.#accepted.push([listener, id, peer]);
  }
}
