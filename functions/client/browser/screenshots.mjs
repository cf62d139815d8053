// Takes a picture of every page, or of those that are named, light on a desktop and dark on a phone, into the folder that is named first.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { startBrowser, startSystem } from './system.mjs';
import { startTour } from './tour.mjs';

const [folder, ...only] = [path.resolve(process.argv[2] ?? 'screenshots'), ...process.argv.slice(3)];
await mkdir(folder, { recursive: true });
const system = await startSystem();
const browser = await startBrowser();
try {
  const { stops: all } = await startTour(browser, system.url);
  const stops = all.filter(({ name }) => only.length === 0 || only.includes(name));
  for (const { name, who, visit } of stops) {
    await who.emulateMedia({ colorScheme: 'light' });
    await who.setViewportSize({ width: 1280, height: 800 });
    await visit(who);
    await who.screenshot({ path: path.join(folder, `${name}.png`) });
    await who.emulateMedia({ colorScheme: 'dark' });
    await who.setViewportSize({ width: 375, height: 760 });
    await who.screenshot({ path: path.join(folder, `${name}-phone-dark.png`) });
  }
  console.log(`${2 * stops.length} pictures in ${folder}`);
} finally {
  await browser.close();
  await system.stop();
}
