require('reflect-metadata');
const { Controller, Get, Inject, Module, Post, Req } = require('@nestjs/common');
const { UnauthorizedException, UseGuards } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { JwtModule, JwtService } = require('@nestjs/jwt');

const { SECRET, PRIVATE_KEY, PUBLIC_KEY } = process.env;
const algorithm = PRIVATE_KEY ? 'RS256' : 'HS256';

class AuthGuard {
  constructor(jwt) {
    this.jwt = jwt;
  }

  async canActivate(context) {
    const request = context.switchToHttp().getRequest();
    const [, token] = (request.headers.authorization ?? '').split(' ');
    try {
      request.user = await this.jwt.verifyAsync(token);
    } catch (error) {
      throw new UnauthorizedException(error.message);
    }
    return true;
  }
}

class AppController {
  constructor(jwt) {
    this.jwt = jwt;
  }

  async login() {
    return { token: await this.jwt.signAsync({ sub: 'ada' }) };
  }

  me(request) {
    return { sub: request.user.sub };
  }
}

class AppModule {}

// What a compiler makes of the decorators.
const methodOf = (type, name) => [
  type.prototype,
  name,
  Reflect.getOwnPropertyDescriptor(type.prototype, name),
];
Inject(JwtService)(AuthGuard, undefined, 0);
Inject(JwtService)(AppController, undefined, 0);
Post('login')(...methodOf(AppController, 'login'));
Get('me')(...methodOf(AppController, 'me'));
UseGuards(AuthGuard)(...methodOf(AppController, 'me'));
Req()(AppController.prototype, 'me', 0);
Controller()(AppController);
Module({
  imports: [
    JwtModule.register({
      ...(PRIVATE_KEY ? { privateKey: PRIVATE_KEY, publicKey: PUBLIC_KEY } : { secret: SECRET }),
      signOptions: { algorithm, audience: 'api', expiresIn: '15m' },
      verifyOptions: { algorithms: [algorithm], audience: 'api' },
    }),
  ],
  controllers: [AppController],
})(AppModule);

async function main() {
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  console.log(app.getHttpServer().address().port);
}

main();
