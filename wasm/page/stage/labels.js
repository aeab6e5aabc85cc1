/**
 * A label of the stage: what it says of a panel, of the pad, or of a note.
 * @param {any} label  as in view.Label
 * @param {any} strings  in the page's language
 * @param {any} [parts]  what the panels show in place of activations: {labels: [{title, detail}]}
 */
export function label({ panel, box, title, detail, brief, fixed }, strings, parts) {
  const element = document.createElement('div');
  element.className = 'label';
  place(element, box);
  const add = (/** @type {string} */ tag, /** @type {string} */ text, to = element) => {
    if (!text) return;
    const child = document.createElement(tag);
    child.textContent = text;
    to.append(child);
  };
  if (panel === -1) {
    add('b', strings.draw);
    add('span', strings.drawHint);
  } else if (panel === -2) {
    element.classList.add('note');
    add('span', strings.centred);
  } else if (panel >= 0) {
    const other = fixed ? null : parts?.labels[panel];
    const [module, act] = (other?.title || title || strings.input).split(' + ');
    const line = document.createElement('div');
    line.className = 'title';
    add('b', module, line);
    if (act) add('i', ` + ${act}`, line);
    element.append(line);
    add('span', !other ? detail : brief ? '' : other.detail);
  }
  return element;
}

/**
 * The text beside the legend's bar.
 * @param {any} label  as in view.Label
 * @param {{name: string, low: any, high: any}} texts
 */
export function legend({ box }, texts) {
  const element = document.createElement('div');
  element.className = 'label legend';
  place(element, box);
  for (const part of ['name', 'low', 'high']) {
    const span = document.createElement('span');
    span.className = part;
    span.textContent = String(texts[/** @type {'name'} */ (part)]).replace('-', '\u2212');
    element.append(span);
  }
  return element;
}

/** Puts an element at a box of [x, y, width, height], CSS pixels. */
export function place(/** @type {HTMLElement} */ element, /** @type {number[]} */ [x, y, w, h]) {
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
}
