import { expose, wrap } from 'comlink';
import { expect, test } from 'vitest';
import { carryErrorKinds, errorKindOf } from './error-transfer.ts';

test('an error thrown across comlink keeps its kind and message', async () => {
  carryErrorKinds();
  const { port1, port2 } = new MessageChannel();
  expose(
    {
      fail(kind?: string): void {
        throw Object.assign(new Error('No such container: x'), kind === undefined ? {} : { kind });
      },
    },
    port2,
  );
  const remote = wrap<{ fail(kind?: string): void }>(port1);
  const withKind: unknown = await remote.fail('not-found').catch((error: unknown) => error);
  expect(withKind).toMatchObject({ message: 'No such container: x' });
  expect(errorKindOf(withKind)).toBe('not-found');
  expect(errorKindOf(await remote.fail().catch((error: unknown) => error))).toBeUndefined();
  port1.close();
});
