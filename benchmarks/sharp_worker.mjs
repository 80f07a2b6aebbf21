// What thumbnail_worker.py does, by sharp; its own folder of node_modules is the first argument.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [environment, picture, warmUp] = process.argv.slice(2);
const sharp = createRequire(environment + "/")("sharp");
sharp.cache(false);

const encode = {
  png: (image) => image.png({ compressionLevel: 9 }),
  webp: (image) => image.webp({ quality: 92, effort: 6 }),
  jpg: (image) => image.jpeg({ quality: 92 }),
};

async function thumbnail(data, kind) {
  const small = sharp(data, { limitInputPixels: false })
    .rotate()
    .resize(150, 150, { fit: "inside", withoutEnlargement: true });
  return (await encode[kind](small).toBuffer()).length;
}

function peakBytes() {
  try {
    return Number(readFileSync("/proc/self/status", "ascii").match(/VmHWM:\s+(\d+)/)[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

function forgetPeak() {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // The peak stays that of the start.
  }
}

const kindOf = (path) => path.split(".").pop();
await thumbnail(readFileSync(warmUp), kindOf(warmUp));
forgetPeak();
const idle = peakBytes();
const data = readFileSync(picture);
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const bytes = await thumbnail(data, kindOf(picture));
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, bytes, peak_bytes: peakBytes() - idle }));
}
