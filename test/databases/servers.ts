/** Starts database servers in temporary folders, on loopback, on free ports. */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A server that restarts on the same port and data. */
export interface Server {
  readonly ports: readonly number[];
  /** Sends SIGKILL: to the process, the same as a power cut. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops every process of the server, which keeps its connections open and does not respond. */
  freeze(): void;
  thaw(): void;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** Starts PostgreSQL 15 or newer with its default settings: every commit is on the disk. */
export function startPostgres(): Promise<Server> {
  return servePostgres(async (data, bin, run) => {
    const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
    await run(join(bin, 'initdb'), init);
  });
}

/** Starts a replica, which receives every commit of the primary a short time later. */
export function startPostgresReplica(primary: Server): Promise<Server> {
  return servePostgres(async (data, bin, run) => {
    const address = ['-h', '127.0.0.1', '-p', String(primary.ports[0]), '-U', 'postgres'];
    // --write-recovery-conf makes it a replica.
    const copy = ['-D', data, '--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
    await run(join(bin, 'pg_basebackup'), [...address, ...copy]);
  });
}

type Run = (program: string, args: string[]) => Promise<unknown>;

async function servePostgres(
  create: (data: string, bin: string, run: Run) => Promise<void>,
): Promise<Server> {
  const owner = serviceUser('postgres');
  const folder = folderOf('postgres', owner);
  const bin = postgresFolder();
  const data = join(folder, 'data');
  await create(data, bin, (program, args) => run(program, args, { cwd: folder, ...owner }));
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'max_connections=300'];
  const args = ['-D', data, '-k', folder, ...settings.flatMap((setting) => ['-c', setting])];
  const isReady = () => works(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]);
  const launch = () =>
    spawn(join(bin, 'postgres'), args, { cwd: folder, stdio: 'ignore', ...owner });
  return serve([port], folder, [launch], isReady);
}

/**
 * Starts MariaDB 10.11 or newer with its default settings: every commit is on the disk. `root` logs in over
 * TCP without a password, to the database `test`.
 */
export async function startMariadb(...settings: string[]): Promise<Server> {
  const owner = serviceUser('mysql');
  const folder = folderOf('mariadb', owner);
  const shared = ['--no-defaults', `--datadir=${join(folder, 'data')}`];
  const init = [...shared, '--auth-root-authentication-method=normal'];
  await run('mariadb-install-db', init, { cwd: folder, ...owner });
  const port = await freePort();
  const address = [`--port=${port}`, '--bind-address=127.0.0.1', '--max-connections=300'];
  const files = [`--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`];
  const args = [...shared, ...address, ...files, ...settings];
  const login = ['--no-defaults', '-h', '127.0.0.1', '-P', String(port), '-u', 'root'];
  const isReady = () => works('mariadb', [...login, '-e', 'SELECT 1']);
  const launch = () => spawn('mariadbd', args, { cwd: folder, stdio: 'ignore', ...owner });
  // MariaDB ignores SIGINT.
  return serve([port], folder, [launch], isReady, 'SIGTERM');
}

/**
 * Starts Redis with an append-only file. Only with `--appendfsync always` do all acknowledged writes outlive
 * the process: otherwise Redis delays them for up to two seconds while the disk is busy.
 */
export async function startRedis(...settings: string[]): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'jotkit-redis-'));
  const port = await freePort();
  const launch = () => redisServer(port, folder, settings);
  return serve([port], folder, [launch], () => redisReady(port));
}

/** Starts three nodes that share the slots. */
export async function startRedisCluster(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'jotkit-cluster-'));
  const ports = [await freePort(), await freePort(), await freePort()];
  const launches = ports.map((port) => () => {
    const bus = port > 50_000 ? port - 10_000 : port + 10_000;
    const options = ['--cluster-enabled', 'yes', '--cluster-port', String(bus)];
    return redisServer(port, folder, [...options, '--cluster-config-file', `nodes-${port}.conf`]);
  });
  const isReady = async () => (await Promise.all(ports.map(redisReady))).every(Boolean);
  const server = await serve(ports, folder, launches, isReady);
  const nodes = ports.map((port) => `127.0.0.1:${port}`);
  await run('redis-cli', ['--cluster', 'create', ...nodes, '--cluster-yes']);
  await until(async () => {
    const states = ports.map((port) => run('redis-cli', ['-p', String(port), 'cluster', 'info']));
    return (await Promise.all(states)).every(({ stdout }) => stdout.includes('cluster_state:ok'));
  });
  return server;
}

async function serve(
  ports: number[],
  folder: string,
  launches: Array<() => ChildProcess>,
  isReady: () => Promise<boolean>,
  stopSignal: NodeJS.Signals = 'SIGINT',
): Promise<Server> {
  let running: ChildProcess[] = [];
  let frozen: number[] = [];
  const alive = () =>
    running.filter((child) => child.exitCode === null && child.signalCode === null);
  const freeze = () => {
    frozen = alive().flatMap(({ pid }) => stopTree(Number(pid)));
  };
  const thaw = () => {
    // Children first: one that has ended has its number until its parent continues.
    for (const pid of frozen.splice(0).reverse()) process.kill(pid, 'SIGCONT');
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    thaw();
    const ended = alive().map((child) => new Promise((done) => child.once('exit', done)));
    for (const child of alive()) child.kill(signal);
    await Promise.all(ended);
    running = [];
  };
  const start = async () => {
    // After SIGKILL the shared memory can stay in use for a short time: the launch is repeated.
    await until(async () => {
      running = launches.map((launch, index) => {
        const child = running[index];
        return child && child.exitCode === null ? child : launch();
      });
      await sleep(150);
      return isReady();
    });
  };
  const stop = async () => {
    // SIGINT: the fast shutdown of PostgreSQL, and an orderly one of Redis.
    await kill(stopSignal);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { ports, kill: () => kill(), start, freeze, thaw, stop };
}

/** Stops a process, then its children: PostgreSQL has one for each connection. Returns their numbers. */
function stopTree(pid: number): number[] {
  process.kill(pid, 'SIGSTOP');
  // A thread runs on until the kernel schedules it: on a busy machine it can still send a response.
  const end = performance.now() + STOP_TIMEOUT_MS;
  while (!isStopped(pid)) {
    if (performance.now() > end) throw new Error(`process ${pid} has not stopped`);
  }
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(stopTree)];
}

const STOP_TIMEOUT_MS = 5000;

/** Whether each thread is stopped, or has ended. */
function isStopped(pid: number): boolean {
  const stateOf = (task: string) => {
    try {
      return /\) (\w)/.exec(readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1'))?.[1] ?? '';
    } catch {
      // It ended meanwhile.
      return 'X';
    }
  };
  return readdirSync(`/proc/${pid}/task`).every((task) => 'TtZX'.includes(stateOf(task)));
}

function redisServer(port: number, folder: string, more: string[] = []): ChildProcess {
  const storage = ['--dir', folder, '--save', '', '--appendonly', 'yes'];
  const files = ['--appenddirname', `aof-${port}`];
  const args = ['--port', String(port), '--bind', '127.0.0.1', ...storage, ...files, ...more];
  return spawn('redis-server', args, { stdio: 'ignore' });
}

async function redisReady(port: number): Promise<boolean> {
  const { stdout } = await run('redis-cli', ['-p', String(port), 'ping']).catch(() => ({
    stdout: '',
  }));
  return stdout.startsWith('PONG');
}

async function works(program: string, args: string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

type User = { uid: number; gid: number } | undefined;

/** PostgreSQL and MariaDB do not run as root, but as the user that their packages create. */
function serviceUser(name: string): User {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(spawnSync('id', [flag, name]).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

function folderOf(server: string, owner: User): string {
  const folder = mkdtempSync(join(tmpdir(), `jotkit-${server}-`));
  if (owner) chownSync(folder, owner.uid, owner.gid);
  return folder;
}

function postgresFolder(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map(Number) : [];
  const newest = Math.max(...versions);
  if (Number.isFinite(newest)) return join(debian, String(newest), 'bin');
  const { stdout } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  if (stdout) return stdout.trim();
  throw new Error('no PostgreSQL server found: install postgresql and redis-server');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : freePort();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await sleep(100);
  }
  throw new Error('a server did not come up within 20 seconds');
}
