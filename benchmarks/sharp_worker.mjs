// Does with sharp what thumbnail_worker.py does; the first argument is the folder of node_modules.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [environment, picture, warmUp] = process.argv.slice(2);
const sharp = createRequire(environment + "/")("sharp");
sharp.cache(false);
const TURN_SECONDS = 0.2; // as in thumbnail_worker.py

// As ours: create_thumbnail/encode.py.
const webp = (image, effort) => image.webp({ quality: 92, effort });
const encode = {
  png: (image) => image.png({ compressionLevel: 6 }),
  webp: (image) => webp(image, 6),
  avif: (image) => webp(image, 6),
  gif: (image) => webp(image, picture.includes("transparent") ? 5 : 6),
  jpg: (image) => image.jpeg({ quality: 92, optimiseCoding: false }),
};

async function thumbnail(data, kind) {
  const small = sharp(data, { limitInputPixels: false })
    .rotate()
    .resize(150, 150, { fit: "inside", withoutEnlargement: true });
  return (await encode[kind](small).toBuffer()).length;
}

async function timed(data, kind) {
  const taken = [];
  let bytes;
  for (let total = 0; total < TURN_SECONDS; total += taken.at(-1)) {
    const start = performance.now();
    bytes = await thumbnail(data, kind);
    taken.push((performance.now() - start) / 1000);
  }
  taken.sort((one, other) => one - other);
  const middle = taken.length >> 1;
  const seconds = taken.length % 2 ? taken[middle] : (taken[middle - 1] + taken[middle]) / 2;
  return { seconds, bytes };
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
    // The peak of the start remains.
  }
}

const kindOf = (path) => path.split(".").pop();
await thumbnail(readFileSync(warmUp), kindOf(warmUp));
forgetPeak();
const idle = peakBytes();
const data = readFileSync(picture);
for await (const _ of createInterface({ input: process.stdin })) {
  const { seconds, bytes } = await timed(data, kindOf(picture));
  console.log(JSON.stringify({ seconds, bytes, peak_bytes: peakBytes() - idle }));
}
