/** The proxy's configuration: what a file may say, and what holds when it says nothing. */
import * as z from 'zod';

const registryName = z
  .string()
  .regex(
    /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/,
    'is no registry host such as "ghcr.io"',
  );

/** A scheme and host, `https://ghcr.io`: paths would be ignored, so they are refused. */
const origin = z
  .url({ protocol: /^https?$/ })
  .refine((text) => new URL(text).href === `${new URL(text).origin}/`, 'must be a scheme and host, without a path')
  .transform((text) => new URL(text).origin);

const registrySchema = z.strictObject({
  /** Where it answers, when not at `https://` and its name: a mirror, a pull-through cache, plain HTTP. */
  upstream: origin.optional(),
  /** Where it is searched, when not at `upstream`. */
  search: origin.optional(),
  /** Further hosts that belong to it: its token server, its blob storage. They may have the user's credentials. */
  trusted: z.array(origin).default([]),
  /** Whether `upstream` and `trusted` may be addresses of a private network or of this machine. */
  allowPrivate: z.boolean().default(false),
  /** Whether it may be asked with a certificate nobody vouches for, or over plain http, for engines that say so too. */
  insecure: z.boolean().default(false),
  /** Whether images may be pushed to it. */
  push: z.boolean().default(true),
});

const positive = z.number().int().positive();

const limitsSchema = z.strictObject({
  manifestBytes: positive.default(4 << 20),
  blobBytes: positive.default(4 * 2 ** 30),
  /** Until a registry begins to answer. */
  headerSeconds: positive.default(30),
  /** Between two pieces of a body, both ways. */
  idleSeconds: positive.default(30),
  /** A whole request. */
  totalSeconds: positive.default(3600),
  requestsPerMinute: positive.default(1200),
  concurrentPerClient: positive.default(128),
  concurrent: positive.default(512),
});

const cacheSchema = z.strictObject({
  /** Where blobs are kept; none are without it. */
  folder: z.string().min(1).optional(),
  maxBytes: positive.default(10 * 2 ** 30),
  /** How long an answer to "what is this tag" is taken for true. */
  manifestSeconds: z.number().int().nonnegative().default(60),
});

/** Where browsers reach well-known registries whose API or tokens are on another host than their name says. */
const wellKnown: Record<string, z.input<typeof registrySchema>> = {
  'docker.io': {
    upstream: 'https://registry-1.docker.io',
    search: 'https://index.docker.io',
    trusted: ['https://auth.docker.io'],
  },
  'ghcr.io': {},
  'quay.io': {},
  'gcr.io': {},
  'mcr.microsoft.com': {},
  'public.ecr.aws': {},
  'registry.k8s.io': {},
  'registry.gitlab.com': { trusted: ['https://gitlab.com'] },
};

const configSchema = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65535).default(5080),
  /** The only registries that are asked, by the names images have: `docker.io`, `localhost:5000`. */
  registries: z.record(registryName, registrySchema).default(() => parsedWellKnown()),
  /** Pages that may use the proxy: their origins, or `*`. */
  origins: z.union([z.literal('*'), z.array(origin)]).default('*'),
  limits: limitsSchema.default(() => limitsSchema.parse({})),
  cache: cacheSchema.default(() => cacheSchema.parse({})),
  /** Number of reverse proxies in front that append to `X-Forwarded-For`; 0 takes the connection's own address. */
  forwardedBy: z.number().int().nonnegative().default(0),
  /** PEM file of certificate authorities trusted besides the system's. */
  caFile: z.string().min(1).optional(),
});

export type ProxyConfig = z.output<typeof configSchema>;
export type RegistryConfig = z.output<typeof registrySchema>;

const parsedWellKnown = (): Record<string, RegistryConfig> =>
  Object.fromEntries(Object.entries(wellKnown).map(([name, registry]) => [name, registrySchema.parse(registry)]));

/** Checks a configuration; throws an Error that names each wrong setting. A registry given as `{}` has the well-known settings. */
export function parseConfig(input: unknown): ProxyConfig {
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || '(all of it)'}: ${message}`);
    throw new Error(`the proxy's configuration is wrong:\n${problems.join('\n')}`);
  }
  const known = parsedWellKnown();
  for (const [name, registry] of Object.entries(parsed.data.registries)) {
    const preset = known[name];
    if (!preset || registry.upstream) continue;
    parsed.data.registries[name] = {
      ...registry,
      upstream: preset.upstream,
      search: registry.search ?? preset.search,
      trusted: [...preset.trusted, ...registry.trusted],
    };
  }
  return parsed.data;
}
