import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** A message for the person at the terminal; stdout belongs to the command's own result. */
export function say(text) {
  process.stderr.write(`mingcha: ${text}\n`);
}

function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/**
 * Runs a command to its end and resolves to its exit code (128 + n where signal n ended it).
 * SIGINT, SIGTERM and SIGHUP are passed on, and the command is waited for: nothing is left behind.
 * At a terminal, Ctrl-C reaches the command directly, so it is not sent a second time.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const forward = (signal) => {
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    const forget = () => {
      for (const signal of FORWARDED) process.removeListener(signal, forward);
    };
    child.once('error', (error) => {
      forget();
      reject(error);
    });
    child.once('close', (code, signal) => {
      forget();
      resolve(exitCode(code, signal));
    });
  });
}

/** Like `run`, but gathers stdout and stderr: resolves to `{ code, output, stdout }`. */
export async function capture(command, args, options = {}) {
  const output = [];
  const stdout = [];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const forward = (signal) => child.kill(signal);
    for (const signal of FORWARDED) process.on(signal, forward);
    const forget = () => {
      for (const signal of FORWARDED) process.removeListener(signal, forward);
    };
    child.stdout.on('data', (chunk) => {
      output.push(chunk);
      stdout.push(chunk);
    });
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.once('error', (error) => {
      forget();
      reject(error);
    });
    child.once('close', (code, signal) => {
      forget();
      resolve({
        code: exitCode(code, signal),
        output: Buffer.concat(output).toString(),
        stdout: Buffer.concat(stdout).toString(),
      });
    });
  });
}
