// Encodes a PNG with sharp's mozjpeg. Arguments: node_modules' folder, the PNG, a folder, qualities.
import { createRequire } from "node:module";

const [environment, picture, folder, ...qualities] = process.argv.slice(2);
const sharp = createRequire(environment + "/")("sharp");
for (const quality of qualities) {
  await sharp(picture)
    .jpeg({ quality: Number(quality), mozjpeg: true })
    .toFile(`${folder}/${quality}.jpg`);
}
