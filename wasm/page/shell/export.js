/** Gives the reader a file to save. */
export function save(/** @type {string} */ name, /** @type {Blob} */ blob) {
  const a = document.createElement('a');
  a.href = URL.createObjectURL(blob);
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 60000);
}

const looks = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'opacity', 'font-family', 'font-size', 'font-weight'];

/**
 * A drawing of the page as an SVG file of its own: what the style sheet gave it
 * is written into it, on the colour of the page below.
 * @param {SVGSVGElement} svg
 */
export function standalone(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const [own, copied] = [svg, copy].map((e) => [...e.querySelectorAll('*')]);
  own.forEach((e, i) => {
    const style = getComputedStyle(e);
    for (const name of looks) copied[i].setAttribute(name, style.getPropertyValue(name));
    copied[i].removeAttribute('class');
  });
  const { width, height } = svg.getBoundingClientRect();
  const ground = document.createElementNS(copy.namespaceURI, 'rect');
  for (const [key, value] of Object.entries({ width, height, fill: getComputedStyle(svg.closest('.panel')).backgroundColor })) ground.setAttribute(key, String(value));
  copy.prepend(ground);
  for (const [key, value] of Object.entries({ xmlns: copy.namespaceURI, width, height })) copy.setAttribute(key, String(value));
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: 'image/svg+xml' });
}

/**
 * A picture of an SVG file, twice as fine.
 * @param {Blob} svg
 * @returns {Promise<Blob>}
 */
export async function rasterise(svg) {
  const image = new Image();
  image.src = URL.createObjectURL(svg);
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return png(canvas);
}

/** @returns {Promise<Blob>} */
export const png = (/** @type {HTMLCanvasElement} */ canvas) => new Promise((resolve) => canvas.toBlob(resolve));
