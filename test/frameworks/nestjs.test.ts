import { jwtGuard, Public, Scopes } from '../../src/adapters/nestjs.ts';
import { getAuth, getAuthError } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness } from '../adapters/contract.ts';
import { listening, majors, type Nest, platforms } from './nest.ts';

const harness = (nest: Nest, platform: keyof typeof platforms): Harness => ({
  body: 'ours',
  start(...options) {
    const { Controller, Get, HttpCode, HttpException, Options, Post, Req, Res } = nest.common;

    @Controller()
    class AppController {
      @Public()
      @Post('login')
      login(@Res({ passthrough: true }) response: { header(name: string, value: string): void }) {
        response.header('set-cookie', 'theme=dark; Path=/');
        cookies.set(response as never, freshPair());
      }

      @Public()
      @Post('logout')
      logout(@Res({ passthrough: true }) response: object) {
        cookies.clear(response as never);
      }

      @Get('me')
      me(@Req() request: { user?: unknown }) {
        const auth = getAuth(request, { optional: true });
        const reason = getAuthError(request)?.reason;
        return { sub: auth?.payload.sub, source: auth?.source, user: request.user, reason };
      }

      @Post('me')
      @HttpCode(200)
      post(@Req() request: object) {
        return this.me(request);
      }

      @Options('me')
      @HttpCode(204)
      preflight() {}

      @Scopes('admin')
      @Get('scoped')
      scoped() {
        return {};
      }
    }

    const guards = options.map((each) => jwtGuard({ HttpException, ...each }));
    const prepare = (app: { useGlobalGuards(...guards: object[]): unknown }) =>
      app.useGlobalGuards(...guards);
    return listening(nest, { controllers: [AppController] }, { platform, prepare });
  },
});

for (const [major, nest] of Object.entries(majors)) {
  for (const platform of Object.keys(platforms) as Array<keyof typeof platforms>) {
    adapterContract(`${major} on ${platform}`, harness(nest, platform));
  }
}
