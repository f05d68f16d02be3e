/** The decorators for NestJS, and what they require of a request. */

import { usageError } from '../errors.ts';
import {
  type Guard,
  requireAll,
  requireAnyRole,
  requireAnyScope,
  requireRoles,
  requireScopes,
} from '../http/guards.ts';

/** A decorator for controllers, resolvers and gateways, and for their methods. */
type RouteDecorator = ClassDecorator & MethodDecorator;

/** The part of reflect-metadata that is used. NestJS loads it before any decorator runs. */
interface MetadataReflect {
  defineMetadata(key: string, value: unknown, target: object): void;
  getOwnMetadata(key: string, target: object): unknown;
}

/** What the decorators of one class or method require, by the name of the decorator. */
type Rules = Readonly<Record<string, readonly Guard[]>>;

/** Metadata, and not a map of our own: decorators that wrap a method copy it to their function. */
const KEY = 'jotkit:rules';

/**
 * Opens a route, or all routes of a controller, to requests without a token. The guard does not look at their
 * token. A requirement of a method wins over `@Public()` of its class.
 *
 * @example
 * ```ts
 * import { Controller, Get } from '@nestjs/common';
 *
 * @Controller()
 * class HealthController {
 *   @Public()
 *   @Get('health')
 *   health() {
 *     return 'ok';
 *   }
 * }
 * ```
 */
export function Public(): RouteDecorator {
  return decorator('Public', []);
}

/**
 * Requires all of these roles, else 403 `forbidden`. See `requireRoles` for the claims. `@Roles()` of a method
 * replaces `@Roles()` of its class.
 *
 * @example
 * ```ts
 * import { Controller, Get } from '@nestjs/common';
 *
 * @Roles('admin')
 * @Controller('users')
 * class UsersController {
 *   @Get()
 *   all() {
 *     return ['ada'];
 *   }
 * }
 * ```
 */
export function Roles(...roles: string[]): RouteDecorator {
  return decorator('Roles', [requireRoles(...roles)]);
}

/**
 * Requires at least one of these roles; see {@link Roles}.
 *
 * @example
 * ```ts
 * import { Controller } from '@nestjs/common';
 *
 * @AnyRole('editor', 'admin')
 * @Controller('articles')
 * class ArticlesController {}
 * ```
 */
export function AnyRole(...roles: string[]): RouteDecorator {
  return decorator('AnyRole', [requireAnyRole(...roles)]);
}

/**
 * Requires all of these scopes, else 403 `insufficient_scope`. See `requireScopes` for the claims. `@Scopes()`
 * of a method replaces `@Scopes()` of its class.
 *
 * @example
 * ```ts
 * import { Controller } from '@nestjs/common';
 *
 * @Scopes('orders:read')
 * @Controller('orders')
 * class OrdersController {}
 * ```
 */
export function Scopes(...scopes: string[]): RouteDecorator {
  return decorator('Scopes', [requireScopes(...scopes)]);
}

/**
 * Requires at least one of these scopes; see {@link Scopes}.
 *
 * @example
 * ```ts
 * import { Controller } from '@nestjs/common';
 *
 * @AnyScope('orders:read', 'orders:admin')
 * @Controller('orders')
 * class OrdersController {}
 * ```
 */
export function AnyScope(...scopes: string[]): RouteDecorator {
  return decorator('AnyScope', [requireAnyScope(...scopes)]);
}

/**
 * Requires all of these guards of `jotkit/http`.
 *
 * @example
 * ```ts
 * import { Controller } from '@nestjs/common';
 * import { requireClaims } from 'jotkit/http';
 *
 * @Require(requireClaims({ email_verified: true }))
 * @Controller('orders')
 * class OrdersController {}
 * ```
 */
export function Require(...guards: Guard[]): RouteDecorator {
  // Throws for a function that is no guard, whose result nothing would read.
  return decorator('Require', [requireAll(...guards)]);
}

function decorator(name: string, guards: readonly Guard[]): RouteDecorator {
  return (target: object, _?: unknown, descriptor?: PropertyDescriptor) => {
    const marked = descriptor ? descriptor.value : target;
    const others = Object.keys(rulesOf(marked)).filter((other) => other !== name);
    if (name === 'Public' ? others.length > 0 : others.includes('Public')) {
      const message = '@Public() contradicts the requirements beside it: remove one of them';
      throw usageError('ERR_OPTION_INVALID', message);
    }
    metadata().defineMetadata(KEY, { ...rulesOf(marked), [name]: guards }, marked);
  };
}

/**
 * Returns the guards that a request must pass; `undefined` for a public route. The nearest of method, class
 * and the classes above it decides, for each decorator. Requirements above `@Public()` do not count.
 */
export function requiredGuards(handler: object, controller: object): readonly Guard[] | undefined {
  const found = new Map<string, readonly Guard[]>();
  let target: object | null = handler;
  while (target !== null && target !== Function.prototype) {
    const rules = rulesOf(target);
    if (Object.hasOwn(rules, 'Public'))
      return found.size === 0 ? undefined : [...found.values()].flat();
    for (const [name, guards] of Object.entries(rules)) {
      if (!found.has(name)) found.set(name, guards);
    }
    target = target === handler ? controller : Object.getPrototypeOf(target);
  }
  return [...found.values()].flat();
}

function rulesOf(target: object): Rules {
  return (metadata().getOwnMetadata(KEY, target) ?? {}) as Rules;
}

function metadata(): MetadataReflect {
  const found = Reflect as unknown as Partial<MetadataReflect>;
  if (found.defineMetadata && found.getOwnMetadata) return found as MetadataReflect;
  const message = 'jotkit/nestjs needs reflect-metadata: import "@nestjs/common" first';
  throw usageError('ERR_OPTION_INVALID', message);
}
