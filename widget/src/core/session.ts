// The client secret: asked for when first needed, shared by all who wait, renewed before it expires or once it is refused. Memory only.

export type SecretGrant = string | { client_secret: string; expires_at?: number };
export type GetClientSecret = (current: string | null) => Promise<SecretGrant> | SecretGrant;

// A stream that starts just before the expiry must still be able to reconnect.
const RENEW_BEFORE_EXPIRY_MS = 60_000;

export class Session {
  #get: GetClientSecret;
  #secret: string | null = null;
  #expiresAt = Number.POSITIVE_INFINITY;
  #asking: Promise<string> | undefined;
  #now: () => number;

  constructor(get: GetClientSecret, now: () => number = Date.now) {
    this.#get = get;
    this.#now = now;
  }

  /** The secret to send; `refused` is the one the server has just answered 401 to. */
  async secret(refused?: string): Promise<string> {
    const usable = this.#secret !== null && this.#secret !== refused && this.#now() < this.#expiresAt - RENEW_BEFORE_EXPIRY_MS;
    if (usable) return this.#secret as string;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<string> {
    const grant = await this.#get(this.#secret);
    const secret = typeof grant === "string" ? grant : grant?.client_secret;
    if (!secret) throw new TypeError("getClientSecret gave no client secret");
    this.#secret = secret;
    // The secret is opaque: its expiry is known only where the grant tells it, in Unix seconds.
    const expiresAt = typeof grant === "string" ? undefined : grant.expires_at;
    this.#expiresAt = expiresAt ? Math.max(expiresAt * 1000, this.#now() + 2 * RENEW_BEFORE_EXPIRY_MS) : Number.POSITIVE_INFINITY;
    return secret;
  }
}
