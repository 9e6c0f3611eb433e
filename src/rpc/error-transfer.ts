// comlink keeps only name, message and stack of an Error that crosses it. The kind of a DockerError decides what the
// page shows and which exit code a command gets, so it travels too, as data.

import { transferHandlers, type TransferHandler } from 'comlink';

interface ThrownValue {
  readonly value: unknown;
}

interface SerializedError {
  readonly isError: boolean;
  value: Record<string, unknown>;
}

let installed = false;

/** Makes errors keep their `kind` when a comlink call throws them. Both ends call it once, before the first call. */
export function carryErrorKinds(): void {
  if (installed) return;
  installed = true;
  const original = transferHandlers.get('throw') as TransferHandler<ThrownValue, SerializedError>;
  transferHandlers.set('throw', {
    canHandle: (value): value is ThrownValue => original.canHandle(value),
    serialize(thrown: ThrownValue): [SerializedError, Transferable[]] {
      const [serialized, transferables] = original.serialize(thrown);
      const kind = errorKindOf(thrown.value);
      // comlink's own deserialize assigns every property it finds here to the Error it makes.
      if (serialized.isError && kind !== undefined) serialized.value['kind'] = kind;
      return [serialized, transferables];
    },
    deserialize: (serialized: SerializedError) => original.deserialize(serialized),
  });
}

/** The kind an error carries (see `ErrorKind` of the API), if it carries one. */
export function errorKindOf(error: unknown): string | undefined {
  return error instanceof Error && 'kind' in error && typeof error.kind === 'string' ? error.kind : undefined;
}
