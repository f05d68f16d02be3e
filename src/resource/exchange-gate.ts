/** Limits how many exchanges with an authorization server run and wait. */

import { sharesPromises } from '../core/keys/runtime.ts';

const MAX_RUNNING = 32;
const MAX_WAITING = 256;

/** Running and waiting exchanges of one sender: one that floods leaves room for others. */
const MAX_PER_ADDRESS = 16;

/** Returned instead of a result if there are too many exchanges. */
export const TOO_MANY = Symbol('too many exchanges');

export class ExchangeGate {
  #running = 0;
  readonly #waiting: Array<() => void> = [];
  readonly #byAddress = new Map<string, number>();

  /** Runs an exchange, now or after others. `address` is that of the sender, if it is known. */
  async run<Result>(
    address: string | undefined,
    exchange: () => Promise<Result>,
  ): Promise<Result | typeof TOO_MANY> {
    const own = address === undefined ? 0 : (this.#byAddress.get(address) ?? 0);
    if (own >= MAX_PER_ADDRESS || !this.#hasRoom()) return TOO_MANY;
    this.#count(address, own + 1);
    try {
      if (this.#running < MAX_RUNNING) this.#running++;
      else await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return await exchange();
    } finally {
      // The next one takes over the place.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
      this.#count(address, (this.#byAddress.get(address ?? '') ?? 1) - 1);
    }
  }

  #hasRoom(): boolean {
    if (this.#running < MAX_RUNNING) return true;
    // In workerd no request can wait for another.
    return sharesPromises() && this.#waiting.length < MAX_WAITING;
  }

  #count(address: string | undefined, count: number): void {
    if (address === undefined) return;
    if (count > 0) this.#byAddress.set(address, count);
    else this.#byAddress.delete(address);
  }
}

/**
 * Returns the address of the sender: `ip`, in which Express, Fastify and Koa look behind proxies that you trust,
 * else that of the socket.
 */
export function senderOf(request: unknown): string | undefined {
  if (typeof request !== 'object' || request === null) return undefined;
  const { ip, socket } = request as { ip?: unknown; socket?: { remoteAddress?: unknown } | null };
  const address = ip ?? socket?.remoteAddress;
  return typeof address === 'string' && address !== '' ? address : undefined;
}
