/** The keys that detach from a container's terminal (moby/term): ctrl-p ctrl-q unless told otherwise. */
export const defaultEscapeKeys: Uint8Array = new Uint8Array([16, 17]);

const controls = '@abcdefghijklmnopqrstuvwxyz[\\]^_';

/** `ctrl-p,ctrl-q` as bytes. Throws for a key it does not know. */
export function parseEscapeKeys(keys: string): Uint8Array {
  return Uint8Array.from(keys.split(','), (key) => {
    const control = key.startsWith('ctrl-') && key.length === 6 ? controls.indexOf(key[5]!) : -1;
    if (control >= 0) return control;
    if (key === 'DEL') return 127;
    if (key.length !== 1) throw new Error(`Unknown character: '${key}'`);
    return key.charCodeAt(0);
  });
}

/** Looks for the keys in what is typed. A start of them is held back until the next key tells. */
export class EscapeFilter {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** What to pass on of `input`, and whether the keys were completed; nothing counts after them. */
  filter(input: Uint8Array): { passed: Uint8Array; escaped: boolean } {
    const passed: number[] = [];
    for (const byte of input) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched++;
        if (this.#matched === this.#keys.length) return { passed: Uint8Array.from(passed), escaped: true };
        continue;
      }
      passed.push(...this.#keys.subarray(0, this.#matched));
      this.#matched = byte === this.#keys[0] ? 1 : 0;
      if (this.#matched === 0) passed.push(byte);
    }
    return { passed: Uint8Array.from(passed), escaped: false };
  }
}
