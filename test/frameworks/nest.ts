/** Both majors of NestJS, and applications of them that listen on loopback. */

import * as nest11 from './nest-11/modules.ts';
import type { INestApplication, ModuleMetadata } from './nest-11/node_modules/@nestjs/common';
import * as nest12 from './nest-12/modules.ts';

export type Nest = typeof nest11;

export const majors: Readonly<Record<string, Nest>> = {
  'NestJS 11': nest11,
  'NestJS 12': nest12 as unknown as Nest,
};

/** The platforms for HTTP. */
export const platforms = {
  Express: (nest: Nest) => new nest.ExpressAdapter(),
  Fastify: (nest: Nest) => {
    const adapter = new nest.FastifyAdapter();
    // Fastify rejects a body of an unknown type before any guard runs.
    adapter.getInstance().addContentTypeParser('*', (_request, _payload, done) => done(null));
    return adapter;
  },
};

export interface Running {
  origin: string;
  close(): Promise<void>;
}

/** Starts an application of this module. `prepare` runs before it listens. */
export async function listening(
  nest: Nest,
  metadata: ModuleMetadata,
  {
    platform = 'Express',
    prepare,
  }: {
    platform?: keyof typeof platforms;
    prepare?: (app: INestApplication) => unknown;
  } = {},
): Promise<Running> {
  const testing = await nest.Test.createTestingModule(metadata).compile();
  const app = testing.createNestApplication(platforms[platform](nest) as never);
  app.useLogger(false);
  await prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const origin = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const close = () => {
    app.getHttpServer().closeAllConnections();
    return app.close();
  };
  return { origin, close };
}
