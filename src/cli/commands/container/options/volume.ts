/** `-v source:target:options`, or `-v target` for an anonymous volume. */
import { cut } from '../../../flag/flag.ts';
import { absolutePath } from '../../../host-file.ts';

/** Splits what `-v` was given into bind specifications for the engine and anonymous volumes. */
export function parseVolumes(
  specs: readonly string[],
  cwd: string,
): { binds: string[]; volumes: Record<string, Record<string, never>> } {
  const binds: string[] = [];
  const volumes: Record<string, Record<string, never>> = {};
  for (const spec of new Set(specs)) {
    const { source } = parseVolume(spec);
    if (source === '') volumes[spec] = {};
    else if (source.startsWith('.')) {
      const [host, target] = cut(spec, ':');
      binds.push(`${absolutePath(cwd, host)}:${target}`);
    } else binds.push(spec);
  }
  return { binds, volumes };
}

/** Throws for empty parts and too many of them; options are left to the engine. */
function parseVolume(spec: string): { source: string; target: string } {
  if (spec === '') throw new Error('invalid empty volume spec');
  if (spec.length <= 2) return { source: '', target: spec };
  // A drive letter (`C:\data`) keeps its colon.
  const parts = spec.split(':').reduce<string[]>((joined, part) => {
    if (joined.length > 0 && /^\p{L}$/u.test(joined.at(-1)!)) joined.push(`${joined.pop()}:${part}`);
    else joined.push(part);
    return joined;
  }, []);
  if (parts.includes('')) throw new Error(`invalid spec: ${spec}: empty section between colons`);
  if (parts.length > 3) throw new Error(`invalid spec: ${spec}: too many colons`);
  return parts.length === 1 ? { source: '', target: parts[0]! } : { source: parts[0]!, target: parts[1]! };
}
