import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.js';

const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
await app.listen(3000);
console.log('http://localhost:3000');
