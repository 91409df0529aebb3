/** What the examples of docs/frameworks.md need, as `npm install` has it. */
export const FRAMEWORK_PACKAGES: Record<string, string> = {
  express: '5',
  koa: '3',
  connect: '3',
  hono: '4',
  '@hono/node-server': '1',
  '@fastify/aws-lambda': '6',
  '@nestjs/core': '11',
  '@nestjs/common': '11',
  // Fastify is the one that this brings.
  '@nestjs/platform-fastify': '11',
  '@nestjs/platform-express': '11',
  'reflect-metadata': '0.2',
  rxjs: '7',
  typescript: '7',
  '@types/node': '20',
  '@types/express': '5',
  '@types/koa': '3',
  '@types/connect': '3',
  '@types/aws-lambda': '8'
}
