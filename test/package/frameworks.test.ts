/** The recipes of the guides for NestJS and Next.js, run with the packed library. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { read } from '../docs/pages.ts';
import { installed, jotkit, type Project, plainEnvironment } from './project.ts';

const secret = 'a secret of the tests, long enough for HS256';
const token = createSigner(secret, { subject: 'ada', audience: 'api' })({ scope: 'read' });

/** The fenced code of a guide that contains these words, compiled as its readers do. */
function recipe(guide: string, words: string, module: ts.ModuleKind): string {
  const blocks = read(`docs/guide/${guide}.md`).match(/^```ts[\s\S]*?^```$/gm) ?? [];
  const block = blocks.find((text) => text.includes(words)) ?? '';
  return compile(block.replace(/^```.*$/gm, ''), module);
}

function compile(text: string, module: ts.ModuleKind): string {
  const target = ts.ScriptTarget.ES2022;
  const compilerOptions = {
    module,
    target,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

const nestApp = `
import 'reflect-metadata';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Claims } from './claims.cjs';
import { AuthGuard } from './guard.cjs';

@Controller()
class AppController {
  @Get('me')
  @UseGuards(AuthGuard)
  me(@Claims() claims: { sub: string }) {
    return { sub: claims.sub };
  }
}

@Module({ controllers: [AppController] })
class AppModule {}

NestFactory.create(AppModule, { logger: false }).then(async (app) => {
  await app.listen(0, '127.0.0.1');
  console.log(await app.getUrl());
});
`;

describe('the recipe for NestJS', () => {
  let project: Project;
  let app: ChildProcess;
  let origin: string;

  beforeAll(async () => {
    project = await installed({
      name: 'nestjs',
      dependencies: {
        jotkit: jotkit(),
        '@nestjs/common': '11.2.10',
        '@nestjs/core': '11.2.10',
        '@nestjs/platform-express': '11.2.10',
        'reflect-metadata': '0.2.1',
        rxjs: '7.8.0',
      },
    });
    const { CommonJS } = ts.ModuleKind;
    project.write('guard.cjs', recipe('nestjs', 'class AuthGuard', CommonJS));
    project.write('claims.cjs', recipe('nestjs', 'createParamDecorator(', CommonJS));
    project.write('app.cjs', compile(nestApp, CommonJS));
    const env = { ...plainEnvironment(), JWT_SECRET: secret };
    const child = spawn(process.execPath, ['app.cjs'], { cwd: project.dir, env });
    app = child;
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    origin = await Promise.race([
      once(createInterface(child.stdout), 'line').then(([line]) => String(line)),
      once(child, 'exit').then(() => Promise.reject(new Error(errors))),
    ]);
  });
  afterAll(() => {
    app?.kill();
    project?.remove();
  });

  test('accepts a valid token', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${origin}/me`, { headers });
    expect([answer.status, await answer.json()]).toEqual([200, { sub: 'ada' }]);
  });

  test.each([
    ['nothing', {}, 'token_missing'],
    ['an invalid token', { authorization: 'Bearer x' }, 'token_malformed'],
  ])('rejects %s', async (_, headers, reason) => {
    const answer = await fetch(`${origin}/me`, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="api"/);
    expect(await answer.json()).toMatchObject({ reason });
  });
});

describe('the recipe for Next.js', () => {
  let project: Project;
  beforeAll(async () => {
    const dependencies = {
      jotkit: jotkit(),
      next: '^16.0.0',
      react: '^19.0.0',
      'react-dom': '^19.0.0',
    };
    project = await installed({ name: 'nextjs', type: 'module', dependencies });
  });
  afterAll(() => project?.remove());

  test('is a route handler over the requests of Next.js', async () => {
    const route = recipe('fetch', 'export const GET', ts.ModuleKind.ESNext);
    project.write('route.mjs', `const secret = ${JSON.stringify(secret)};\n${route}`);
    const answers = await project.ask<unknown>(
      'next.mjs',
      `import { NextRequest } from 'next/server.js';
      import { GET } from './route.mjs';
      const context = { params: Promise.resolve({ id: '7' }) };
      const answers = [];
      for (const cookie of ['__Host-at=${token}', '__Host-at=x', 'theme=dark']) {
        const request = new NextRequest('https://shop.example/api/orders/7', { headers: { cookie } });
        const response = await GET(request, context);
        answers.push([response.status, await response.json()]);
      }
      console.log(JSON.stringify(answers));`,
    );
    expect(answers).toEqual([
      [200, { id: '7', owner: 'ada' }],
      [401, expect.objectContaining({ reason: 'token_malformed' })],
      [401, expect.objectContaining({ reason: 'token_missing' })],
    ]);
  });
});
