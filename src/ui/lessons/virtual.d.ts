declare module 'virtual:drydock/lessons' {
  /** See `contents.svelte.ts`: a declaration like this one cannot refer to its types. */
  export const parts: unknown;
  export const loaders: unknown;
}
