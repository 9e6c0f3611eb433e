import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../lib/bytes.ts';
import { duplexPair } from '../lib/duplex.ts';
import { pipeDuplexToPort, portToDuplex } from './port-stream.ts';

async function readAll(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  return concatBytes(chunks);
}

/** Resolves after every message posted so far has been delivered. */
async function messagesDelivered(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port2.onmessage = resolve;
    port1.postMessage(undefined);
  });
  port1.close();
}

const open = () => {
  const { port1, port2 } = new MessageChannel();
  return [portToDuplex(port1), portToDuplex(port2)] as const;
};

test('any chunks arrive whole and in order, both ways', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 20 }), async (chunks) => {
      const [near, far] = open();
      const echoed = far.readable.pipeTo(far.writable);
      const writer = near.writable.getWriter();
      const received = readAll(near.readable);
      for (const chunk of chunks) await writer.write(chunk);
      await writer.close();
      expect(await received).toEqual(chunks.length === 0 ? new Uint8Array() : concatBytes(chunks));
      await echoed;
    }),
    { numRuns: 30 },
  );
});

test('more than the window passes, and the written memory stays the writer’s', async () => {
  const [near, far] = open();
  const bytes = new Uint8Array(1_000_000).map((_, index) => index % 251);
  const received = readAll(far.readable);
  const writer = near.writable.getWriter();
  await writer.write(bytes);
  await writer.close();
  expect(Buffer.compare(await received, bytes)).toBe(0);
  expect(bytes.length).toBe(1_000_000);
});

test('a reader that does not read stops the writer', async () => {
  const [near, far] = open();
  const writer = near.writable.getWriter();
  let written = 0;
  let blocked = true;
  const writing = (async () => {
    for (let count = 0; count < 16; count++) {
      await writer.write(new Uint8Array(64 * 1024));
      written += 64 * 1024;
    }
    blocked = false;
  })();
  for (let turn = 0; turn < 20; turn++) await messagesDelivered();
  expect(blocked).toBe(true);
  expect(written).toBe(256 * 1024);

  const reader = far.readable.getReader();
  let read = 0;
  while (read < 1024 * 1024) read += (await reader.read()).value!.length;
  await writing;
  expect(written).toBe(1024 * 1024);
});

test('closing one direction leaves the other open', async () => {
  const [near, far] = open();
  await near.writable.getWriter().close();
  expect(await readAll(far.readable)).toEqual(new Uint8Array());
  const writer = far.writable.getWriter();
  await writer.write(encodeUtf8('still here'));
  await writer.close();
  expect(decodeUtf8(await readAll(near.readable))).toBe('still here');
});

test('cancelling the reader fails the writer with the reason, even one that waits for credit', async () => {
  const [near, far] = open();
  const writer = near.writable.getWriter();
  writer.write(new Uint8Array(300 * 1024)).catch(() => {});
  await far.readable.cancel(new Error('nobody listens'));
  await expect(writer.closed).rejects.toThrow('nobody listens');
});

test('aborting the writer fails the reader with the reason', async () => {
  const [near, far] = open();
  await near.writable.abort(new Error('the shell is gone'));
  await expect(readAll(far.readable)).rejects.toThrow('the shell is gone');
});

test('a peer that goes away fails both directions', async () => {
  const { port1, port2 } = new MessageChannel();
  const near = portToDuplex(port1);
  port2.close();
  await expect(readAll(near.readable)).rejects.toThrow('went away');
  await expect(near.writable.getWriter().closed).rejects.toThrow('went away');
});

test('a duplex is served over a port until both directions end', async () => {
  const { port1, port2 } = new MessageChannel();
  const [inner, outer] = duplexPair();
  const served = pipeDuplexToPort(inner, port2);
  const near = portToDuplex(port1);
  const writer = near.writable.getWriter();
  await writer.write(encodeUtf8('ping'));
  await writer.close();
  expect(decodeUtf8(await readAll(outer.readable))).toBe('ping');
  const back = outer.writable.getWriter();
  await back.write(encodeUtf8('pong'));
  await back.close();
  expect(decodeUtf8(await readAll(near.readable))).toBe('pong');
  await served;
});

test('an error in the served duplex reaches the port’s holder', async () => {
  const { port1, port2 } = new MessageChannel();
  const served = pipeDuplexToPort(
    {
      readable: new ReadableStream({
        pull(controller) {
          controller.error(new Error('pty closed'));
        },
      }),
      writable: new WritableStream(),
    },
    port2,
  );
  const near = portToDuplex(port1);
  await expect(readAll(near.readable)).rejects.toThrow('pty closed');
  await near.writable.getWriter().close();
  await served;
});
