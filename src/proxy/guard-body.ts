import { ProxyError } from './proxy-error.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** A sender that sends nothing for so long is given up. */
  readonly idleSeconds: number;
}

/** Passes a body on; fails it when it is longer or slower than allowed. `done` is called once, however it ends. */
export function guardBody(
  body: ReadableStream<Uint8Array>,
  { maxBytes, idleSeconds }: BodyLimits,
  done: () => void = () => {},
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let passed = 0;
  const fail = (controller: ReadableStreamDefaultController, error: Error): void => {
    done();
    controller.error(error);
    reader.cancel(error).catch(() => {});
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value } = await withinIdle(reader.read(), idleSeconds);
          if (!value) {
            done();
            return controller.close();
          }
          passed += value.length;
          if (passed > maxBytes) throw tooLarge(maxBytes);
          controller.enqueue(value);
        } catch (error) {
          fail(controller, error as Error);
        }
      },
      async cancel(reason) {
        done();
        await reader.cancel(reason);
      },
    },
    // Nothing is read ahead of the one who reads.
    { highWaterMark: 0 },
  );
}

/** The whole of a small body. */
export async function readBody(body: ReadableStream<Uint8Array> | null, limits: BodyLimits): Promise<Uint8Array> {
  if (!body) return new Uint8Array();
  return new Uint8Array(
    await new Response(guardBody(body, limits) as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );
}

export const tooLarge = (maxBytes: number): ProxyError =>
  new ProxyError(413, 'SIZE_INVALID', `more than the ${maxBytes} bytes the proxy lets through`);

async function withinIdle<T>(read: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const idle = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ProxyError(504, 'TIMEOUT', `nothing came for ${seconds} seconds`));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([read, idle]);
  } finally {
    clearTimeout(timer);
  }
}
