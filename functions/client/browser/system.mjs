// The system under test: the real one, on a free port and a folder of its own; and a real browser.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const adapters = fileURLToPath(new URL('../../../adapters', import.meta.url));

// program builds the system, unless TICKETING names a built one: that is for those who build it anyway.
async function program(folder) {
  if (process.env.TICKETING) return path.resolve(process.env.TICKETING);
  const built = path.join(folder, 'ticketing');
  await promisify(execFile)('go', ['build', '-buildvcs=false', '-o', built, './cmd/ticketing'], { cwd: adapters });
  return built;
}

// startSystem starts the system with settings of its own and returns its address, how to start it again with other settings, and how to stop it.
export async function startSystem(settings = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ticketing-browser-'));
  const file = await program(folder);
  let end;
  const start = (own) => {
    const env = { ...process.env, DATABASE_URL: '', BUS_URL: '', REDIS_URL: '', STRIPE_SECRET_KEY: '', LOG_LEVEL: 'ERROR', DATA_DIR: path.join(folder, 'data'), PORT: '0', ...own };
    const child = spawn(file, ['run'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    end = () => {
      child.kill('SIGTERM');
      return ended;
    };
    return announced(child);
  };
  const stop = async () => {
    await end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await start(settings);
    const restart = async (own) => {
      await end();
      await start({ PORT: new URL(url).port, ...own });
    };
    return { url, restart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// announced reads the address from the banner, which comes when the system is ready.
function announced(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => reject(new Error(`the system did not start in a minute: ${said}`)), 60_000);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the system ended with ${code}: ${said}`)));
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const url = said.match(/running on (http:\S+)/);
      if (url && said.includes('Ctrl-C')) {
        clearTimeout(late);
        resolve(url[1]);
      }
    });
  });
}

const browsers = [process.env.CHROMIUM, process.env.TOOLS && path.join(process.env.TOOLS, 'bin', 'chromium'), '/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

export function startBrowser() {
  const executablePath = browsers.find((file) => file && existsSync(file));
  if (!executablePath) throw new Error('no Chromium: set CHROMIUM to one');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

let users = 0;
let shared;

// open returns a system and a browser that all suites of a process share. Each closes them, and the last one does it.
export async function open() {
  users++;
  shared ??= Promise.all([startSystem(), startBrowser()]);
  const [{ url }, browser] = await shared;
  return { url, browser };
}

export async function close() {
  if (--users > 0) return;
  const [system, browser] = await shared;
  shared = undefined;
  await browser.close();
  await system.stop();
}
