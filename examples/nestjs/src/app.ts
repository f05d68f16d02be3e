// A module with a login, and routes that require a token.
import {
  Body,
  Controller,
  createParamDecorator,
  Get,
  HttpCode,
  HttpException,
  Module,
  Post,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { createSigner } from 'jotkit';
import { jwtGuard, Public, Scopes, userOf } from 'jotkit/nestjs';

const sign = createSigner(process.env.JWT_PRIVATE_KEY ?? '', {
  issuer: 'https://id.example',
  audience: 'api',
  expiresIn: '10m',
});

/** The claims of the token as a parameter, or one of them. */
const CurrentUser = createParamDecorator(userOf);

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
  me(@CurrentUser('sub') user: string) {
    return { user };
  }

  @Scopes('orders:read')
  @Get('orders')
  orders() {
    return ['tea'];
  }

  @Scopes('orders:write')
  @Post('orders')
  order(@Body() body: unknown) {
    return body;
  }
}

const useFactory = () =>
  jwtGuard({
    HttpException,
    key: process.env.JWT_PUBLIC_KEY ?? '',
    algorithms: ['EdDSA'],
    issuer: 'https://id.example',
    audience: 'api',
  });

// The guard protects every route of the application, except those with @Public().
@Module({
  controllers: [AppController],
  providers: [{ provide: APP_GUARD, useFactory }],
})
export class AppModule {}
