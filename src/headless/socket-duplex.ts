import type { Socket } from 'node:net';
import type { Duplex } from '../lib/duplex.ts';

/**
 * A Node socket as a pair of byte streams with back-pressure and half-close both ways. Not Node's own Duplex.toWeb: that
 * turns the peer's half-close into an error of the writing side.
 */
export function socketDuplex(socket: Socket): Duplex {
  return { readable: readableOf(socket), writable: writableOf(socket) };
}

function readableOf(socket: Socket): ReadableStream<Uint8Array> {
  let ended = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        socket.pause();
        socket.on('data', (chunk: Uint8Array) => {
          if (ended) return;
          controller.enqueue(chunk);
          socket.pause();
        });
        const end = (error?: Error): void => {
          if (ended) return;
          ended = true;
          if (error) controller.error(error);
          else controller.close();
        };
        socket.once('end', () => end());
        socket.once('error', end);
        socket.once('close', () => end(new Error('reading a socket: it was closed')));
      },
      pull() {
        socket.resume();
      },
      cancel() {
        ended = true;
        // Whatever still arrives is dropped; unread bytes would make the close a reset.
        socket.resume();
      },
    },
    { highWaterMark: 0 },
  );
}

function writableOf(socket: Socket): WritableStream<Uint8Array> {
  let ended = false;
  return new WritableStream<Uint8Array>({
    start(controller) {
      const fail = (error: Error): void => {
        if (!ended) controller.error(error);
        ended = true;
      };
      socket.once('error', fail);
      socket.once('close', () => fail(new Error('writing to a socket: it was closed')));
    },
    write(chunk) {
      return new Promise((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve())));
    },
    close() {
      ended = true;
      return new Promise((resolve) => socket.end(resolve));
    },
    abort() {
      ended = true;
      socket.destroy();
    },
  });
}
