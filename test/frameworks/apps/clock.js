// Loaded before an application: moves its clock by the milliseconds that the test sends.
const { now } = Date;
let offset = 0;
let moves = 0;
Date.now = () => now() + offset;

process.on('message', (milliseconds) => {
  offset += milliseconds;
  process.stdout.write(`clock: ${++moves}\n`);
});
process.channel?.unref();
