// Takes a picture of every page, light on a desktop and dark on a phone, into the folder that is named.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { startBrowser, startSystem } from './system.mjs';
import { startTour } from './tour.mjs';

const folder = path.resolve(process.argv[2] ?? 'screenshots');
await mkdir(folder, { recursive: true });
const system = await startSystem();
const browser = await startBrowser();
try {
  const { stops } = await startTour(browser, system.url);
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
