require('reflect-metadata');
const { JwtService } = require('@nestjs/jwt');

const { SECRET, PRIVATE_KEY, PUBLIC_KEY } = process.env;

async function answersOf(service) {
  const issued = { sub: 'ada', iat: 1_700_000_000 };
  const valid = { ...issued, exp: 4_000_000_000 };
  const expired = service.sign(issued, { expiresIn: '1s' });
  const shape = (error) => [error.name, error.message, error.expiredAt.toISOString()];
  let expiredSync;
  try {
    service.verify(expired);
  } catch (error) {
    expiredSync = shape(error);
  }
  return {
    sync: service.verify(service.sign(valid)),
    async: await service.verifyAsync(await service.signAsync(valid)),
    decoded: service.decode(service.sign(valid)),
    expiredSync,
    expiredAsync: await service.verifyAsync(expired).catch(shape),
  };
}

async function main() {
  const withSecret = new JwtService({ secret: SECRET });
  const withKeyPair = new JwtService({
    privateKey: PRIVATE_KEY,
    publicKey: PUBLIC_KEY,
    signOptions: { algorithm: 'RS256' },
    verifyOptions: { algorithms: ['RS256'] },
  });
  const answers = { secret: await answersOf(withSecret), keyPair: await answersOf(withKeyPair) };
  console.log(JSON.stringify(answers));
}

main();
