// A guard that requires a valid token, and the scopes of the route.
import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  HttpException,
  Injectable,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthError, createAuthenticator, getAuth, requireScopes, setAuth } from 'jotkit/http';

export interface UserClaims {
  sub: string;
  scope?: string;
}

/** A route without a token: `@Public()`. */
export const Public = Reflector.createDecorator<void, true>({ transform: () => true });

/** The scopes that a route requires: `@Scopes(['orders:write'])`. */
export const Scopes = Reflector.createDecorator<string[]>();

/** The claims of the token as a parameter: `@Claims() claims: UserClaims`. */
export const Claims = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return getAuth<UserClaims>(context.switchToHttp().getRequest()).payload;
});

const authenticate = createAuthenticator<UserClaims>({
  key: process.env.JWT_PUBLIC_KEY ?? '',
  algorithms: ['EdDSA'],
  issuer: 'https://id.example',
  audience: 'api',
});

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handlers = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(Public, handlers)) return true;
    const scopes = this.reflector.getAllAndOverride(Scopes, handlers) ?? [];
    const http = context.switchToHttp();
    const request = http.getRequest();
    try {
      const outcome = await authenticate(request);
      if (outcome.status === 'rejected') throw outcome.error;
      setAuth(request, outcome.auth);
      if (scopes.length > 0) requireScopes(...scopes)(request);
      return true;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      const response = http.getResponse();
      for (const [name, value] of Object.entries(error.headers)) response.header(name, value);
      throw new HttpException(error.toJSON(), error.status, { cause: error });
    }
  }
}
