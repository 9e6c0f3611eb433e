// A token server of the Distribution token specification: it knows users, and signs what its registry then believes.
// https://distribution.github.io/distribution/spec/auth/jwt/
import { randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Certificate } from './certificate.ts';

export interface TokenServerSettings {
  readonly certificate: Certificate;
  readonly users: Readonly<Record<string, string>>;
  /** Repositories anybody may pull. */
  readonly open: readonly string[];
}

export class TokenServer {
  readonly issuer = 'test issuer';
  readonly service = 'test registry';
  readonly #settings: TokenServerSettings;
  readonly #server: Server;
  /** The `Authorization` headers it was sent, in order; empty for none. */
  readonly seen: string[] = [];

  private constructor(settings: TokenServerSettings) {
    this.#settings = settings;
    this.#server = createServer((request, response) => {
      const authorization = request.headers.authorization ?? '';
      this.seen.push(authorization);
      const { searchParams } = new URL(request.url!, 'http://token');
      const user = this.#user(authorization);
      if (user === undefined) return response.writeHead(401).end('{"details":"incorrect username or password"}');
      const access = searchParams.getAll('scope').flatMap((scope) => this.#granted(scope, user));
      response.writeHead(200, { 'Content-Type': 'application/json' });
      return response.end(JSON.stringify({ token: this.#token(user, access), expires_in: 300 }));
    });
  }

  static async start(settings: TokenServerSettings): Promise<TokenServer> {
    const tokens = new TokenServer(settings);
    tokens.#server.listen(0, '127.0.0.1');
    await once(tokens.#server, 'listening');
    return tokens;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The user's name, '' for nobody in particular, undefined for a wrong password. */
  #user(authorization: string): string | undefined {
    if (authorization === '') return '';
    const [name = '', password = ''] = Buffer.from(authorization.slice('Basic '.length), 'base64')
      .toString()
      .split(':');
    return this.#settings.users[name] === password ? name : undefined;
  }

  #granted(scope: string, user: string): object[] {
    const [type, name = '', actions = ''] = scope.split(':');
    const wanted = actions.split(',');
    const allowed =
      user !== '' ? wanted : this.#settings.open.includes(name) ? wanted.filter((one) => one === 'pull') : [];
    return allowed.length > 0 ? [{ type, name, actions: allowed }] : [];
  }

  #token(subject: string, access: readonly object[]): string {
    const { certificate } = this.#settings;
    const now = Math.floor(Date.now() / 1000);
    const der = readFileSync(certificate.certificate, 'utf8').replace(/-----[^-]+-----|\s/g, '');
    const claims = {
      ...{ iss: this.issuer, sub: subject, aud: this.service, jti: randomUUID(), access },
      ...{ iat: now, nbf: now - 10, exp: now + 300 },
    };
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${encode({ typ: 'JWT', alg: 'RS256', x5c: [der] })}.${encode(claims)}`;
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), readFileSync(certificate.key)).toString('base64url')}`;
  }
}

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
