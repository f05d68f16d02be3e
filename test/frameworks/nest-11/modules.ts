/** NestJS 11, as the tests in the directory above import it. */

export { ApolloDriver } from '@nestjs/apollo';
export * as common from '@nestjs/common';
export * as core from '@nestjs/core';
export * as graphql from '@nestjs/graphql';
export { ExpressAdapter } from '@nestjs/platform-express';
export { FastifyAdapter } from '@nestjs/platform-fastify';
export { IoAdapter } from '@nestjs/platform-socket.io';
export { WsAdapter } from '@nestjs/platform-ws';
export { Test } from '@nestjs/testing';
export * as websockets from '@nestjs/websockets';
