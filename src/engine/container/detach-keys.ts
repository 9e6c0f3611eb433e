import { DockerError } from '../../api/error.ts';

const defaultKeys = 'ctrl-p,ctrl-q';

/** The key sequence that leaves a terminal without ending the container (moby's pkg/term escape proxy). */
export class DetachKeys {
  readonly #sequence: readonly number[];

  private constructor(sequence: readonly number[]) {
    this.#sequence = sequence;
  }

  /** `ctrl-p,ctrl-q`, `ctrl-@`, `a,b`; empty for the default. */
  static parse(keys: string): DetachKeys {
    return new DetachKeys((keys || defaultKeys).split(',').map((key) => keyByte(key, keys)));
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
            matched = byte === sequence[0] ? 1 : 0;
            if (matched === 1) continue;
          }
          passed.push(byte);
        }
        if (passed.length > 0) controller.enqueue(Uint8Array.from(passed));
      },
    });
  }
}

function keyByte(key: string, all: string): number {
  if (key.length === 1) return key.charCodeAt(0);
  const control = /^ctrl-([a-z@[\]\\^_])$/.exec(key)?.[1];
  if (control === undefined) {
    throw new DockerError('invalid-parameter', `Invalid detach keys (${all}) provided: Unknown character: '${key}'`);
  }
  return control.toUpperCase().charCodeAt(0) & 0x1f;
}
