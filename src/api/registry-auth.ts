/** Credentials for one registry: base64url JSON in `X-Registry-Auth`, and the body of `POST /auth`. */
export interface RegistryAuth {
  username?: string;
  password?: string;
  /** `user:password` in base64, instead of the two above. */
  auth?: string;
  serveraddress?: string;
  identitytoken?: string;
  registrytoken?: string;
}
