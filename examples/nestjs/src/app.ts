// A module with a login, and routes that require a token.
import { Body, Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { createSigner } from 'jotkit';
import { AuthGuard, Claims, Public, Scopes, type UserClaims } from './auth.guard.js';

const sign = createSigner(process.env.JWT_PRIVATE_KEY ?? '', {
  issuer: 'https://id.example',
  audience: 'api',
  expiresIn: '10m',
});

@Controller()
class AppController {
  @Public()
  @Post('login')
  @HttpCode(200)
  login() {
    // Check the password here.
    return sign({ sub: 'ada', scope: 'orders:read' });
  }

  @Get('me')
  me(@Claims() claims: UserClaims) {
    return { user: claims.sub };
  }

  @Scopes(['orders:read'])
  @Get('orders')
  orders() {
    return ['tea'];
  }

  @Scopes(['orders:write'])
  @Post('orders')
  order(@Body() body: unknown) {
    return body;
  }
}

// The guard protects every route of the application, except those with @Public().
@Module({
  controllers: [AppController],
  providers: [{ provide: APP_GUARD, useClass: AuthGuard }],
})
export class AppModule {}
