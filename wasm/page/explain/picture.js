import { maxPicture } from '../shell/constants.js';

/** The size of a picture of at most so many pixels, of the same form. */
export function fit(/** @type {number} */ width, /** @type {number} */ height, most = maxPicture) {
  const scale = Math.min(1, Math.sqrt(most / (width * height)));
  const [w, h] = [width, height].map((v) => Math.max(1, Math.floor(v * scale)));
  return [Math.min(w, most), Math.min(h, most)]; // of a thin line one side is 1
}

/**
 * Decodes a picture of any format that the browser has, turned as its camera
 * says. Fails where the browser cannot read it.
 * @param {Blob} file
 * @returns {Promise<{width: number, height: number, rgba: Uint8Array}>} four bytes a pixel; large pictures scaled down
 */
export async function decode(file) {
  const source = await createImageBitmap(file).catch(() => drawn(file));
  const [width, height] = fit(source.width, source.height);
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const c = canvas.getContext('2d', { willReadFrequently: true });
  c.imageSmoothingQuality = 'high';
  c.drawImage(source, 0, 0, width, height);
  return { width, height, rgba: new Uint8Array(c.getImageData(0, 0, width, height).data.buffer) };
}

/** A picture that only an element draws: an SVG file. */
async function drawn(/** @type {Blob} */ file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    if (!image.width || !image.height) throw new Error('the picture has no size');
    return image;
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
