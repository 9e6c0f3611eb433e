/** Bytes as a download shows them, in decimal megabytes or kilobytes: `3.1 MB`, `840 kB`. */
export function formatBytes(bytes: number): string {
  return bytes >= 1_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${Math.round(bytes / 1000)} kB`;
}

/** A duration in seconds with one decimal: `0.9 s`. */
export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
