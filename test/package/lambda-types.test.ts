/** The types of `jotkit/lambda` fit those of `@types/aws-lambda`. */

import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { installed, jotkit } from './project.ts';

const code = `import type {
  ALBHandler,
  APIGatewayAuthorizerHandler,
  APIGatewayProxyEventV2,
  APIGatewayProxyHandler,
  APIGatewayProxyHandlerV2,
  APIGatewayRequestAuthorizerEvent,
  APIGatewayRequestAuthorizerHandler,
  APIGatewayRequestIAMAuthorizerHandlerV2,
  APIGatewayRequestAuthorizerEventV2,
  APIGatewayRequestSimpleAuthorizerHandlerV2,
  APIGatewayTokenAuthorizerHandler,
  Context,
  LambdaFunctionURLHandler,
} from 'aws-lambda';
import { authorizer, withAuth } from 'jotkit/lambda';

const key = 'a secret of 32 bytes or more for types';
export const token: APIGatewayTokenAuthorizerHandler = authorizer({ key });
export const request: APIGatewayRequestAuthorizerHandler = authorizer({ key });
export const either: APIGatewayAuthorizerHandler = authorizer({ key, context: ['sub'] });
export const policy: APIGatewayRequestIAMAuthorizerHandlerV2 = authorizer({ key });
export const simple: APIGatewayRequestSimpleAuthorizerHandlerV2 = authorizer({ key, simple: true });

export const hooks = authorizer({
  key,
  authorize: (_auth, event: APIGatewayRequestAuthorizerEvent) => event.path === '/',
  context: ({ payload }, event: APIGatewayRequestAuthorizerEvent) => ({
    sub: payload.sub ?? '',
    ip: event.requestContext.identity.sourceIp,
  }),
});
export const hooksV2 = authorizer({
  key,
  skip: (_request, event: APIGatewayRequestAuthorizerEventV2) => event.routeKey === '$default',
});

const respond = async () => ({ statusCode: 200, body: 'hello' });
export const proxy: APIGatewayProxyHandler = withAuth({ key }, respond);
export const proxyV2: APIGatewayProxyHandlerV2 = withAuth({ key }, respond);
export const url: LambdaFunctionURLHandler = withAuth({ key }, respond);
export const balancer: ALBHandler = withAuth({ key }, respond);
export const full = withAuth(
  { key, audience: 'api' },
  async (event: APIGatewayProxyEventV2, auth, context: Context) => ({
    statusCode: 200,
    body: [event.rawPath, auth.payload.sub, context.awsRequestId].join(),
  }),
);
export const guests = withAuth({ key, credentialsRequired: false }, async (_event, auth) => {
  // @ts-expect-error undefined for a guest
  return auth.payload.sub;
});
// @ts-expect-error a policy, not a simple response
export const wrong: APIGatewayRequestSimpleAuthorizerHandlerV2 = authorizer({ key });
`;

it('type-checks handlers of authorizers, proxies, function URLs and balancers', async () => {
  const project = await installed({
    name: 'lambda-types',
    dependencies: { jotkit: jotkit(), '@types/aws-lambda': '8.10.164', '@types/node': '20.19.43' },
  });
  try {
    project.write('handlers.mts', code);
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--types', 'node'];
    const found = await project.run(process.execPath, [tsc, ...options, 'handlers.mts']).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(found.match(/.*error TS.*/g) ?? []).toEqual([]);
  } finally {
    project.remove();
  }
});
