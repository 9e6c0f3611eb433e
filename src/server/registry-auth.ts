import type { RegistryAuth } from '../api/registry-auth.ts';

/**
 * Credentials from `X-Registry-Auth` (base64url JSON). Docker pulls without them when the header makes no sense, so that
 * old clients' odd headers do no harm.
 */
export function decodeRegistryAuth(header: string | null): RegistryAuth | undefined {
  if (!header) return undefined;
  try {
    const binary = atob(header.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, ''));
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0))));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const fields = Object.entries(value).filter(([, field]) => typeof field === 'string' && field !== '');
    return fields.length === 0 ? undefined : Object.fromEntries(fields);
  } catch {
    return undefined;
  }
}
