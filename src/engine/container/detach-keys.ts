const defaultKeys = 'ctrl-p,ctrl-q';

/** The key sequence that leaves a terminal without ending the container (moby's pkg/term escape proxy). */
export class DetachKeys {
  readonly #sequence: readonly number[];

  private constructor(sequence: readonly number[]) {
    this.#sequence = sequence;
  }

  /** `ctrl-p,ctrl-q`, `ctrl-@`, `a,b`, `DEL`; empty for the default. Undefined when one is no key. */
  static parse(keys: string): DetachKeys | undefined {
    const sequence = (keys || defaultKeys).split(',').map(keyByte);
    return sequence.every((byte) => byte !== undefined) ? new DetachKeys(sequence) : undefined;
  }

  /** Passes input through, holding back what may be the beginning of the sequence; calls `onDetach` when it is complete. */
  watch(onDetach: () => void): TransformStream<Uint8Array, Uint8Array> {
    let matched = 0;
    const sequence = this.#sequence;
    return new TransformStream({
      transform(chunk, controller) {
        const passed: number[] = [];
        for (const byte of chunk) {
          if (byte === sequence[matched]) {
            if (++matched === sequence.length) {
              if (passed.length > 0) controller.enqueue(Uint8Array.from(passed));
              onDetach();
              controller.terminate();
              return;
            }
            continue;
          }
          if (matched > 0) {
            passed.push(...sequence.slice(0, matched));
            // The key that breaks a sequence does not begin another one, as in moby.
            matched = 0;
          }
          passed.push(byte);
        }
        if (passed.length > 0) controller.enqueue(Uint8Array.from(passed));
      },
    });
  }
}

function keyByte(key: string): number | undefined {
  if (key.length === 1) return key.charCodeAt(0);
  if (key === 'DEL') return 0x7f;
  const control = /^ctrl-([a-z@[\]\\^_])$/.exec(key)?.[1];
  return control === undefined ? undefined : control.toUpperCase().charCodeAt(0) & 0x1f;
}
