/**
 * A byte stream both ways: a socket, a pty, a hijacked connection. Closing `writable` is a half-close (the peer reads
 * end of file); cancelling `readable` tells the peer that nothing more is wanted.
 */
export interface Duplex {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Two connected ends in memory, with back-pressure, for tests and for a client and server in one worker. */
export function duplexPair(): [Duplex, Duplex] {
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 });
  const there = new TransformStream<Uint8Array, Uint8Array>(undefined, strategy, strategy);
  const back = new TransformStream<Uint8Array, Uint8Array>(undefined, strategy, strategy);
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ];
}
