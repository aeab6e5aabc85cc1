import { maxFile } from '../shell/constants.js';
import { dropped, isPicture, picked } from '../shell/dropped.js';
import { png, rasterise, save, standalone } from '../shell/export.js';
import { sentences, t } from '../shell/i18n.js';
import { canKeep, dropCopy, isKept, keepCopy } from '../shell/offline.js';
import { copySelected } from '../shell/copy.js';


/**
 * Share is the menu that makes links and files of what is on show, and takes
 * weights, logs and pictures in, dropped anywhere on the page, pasted or chosen.
 */
export class Share {
  /**
   * @param {HTMLElement} menu
   * @param {HTMLElement} message  says what became of it
   * @param {{link: (embed: boolean) => string, drawing: () => HTMLCanvasElement, chart: () => SVGSVGElement, csv: () => string,
   *   weights: () => Promise<Uint8Array<ArrayBuffer>>, load: (file: Uint8Array, name: string) => Promise<string[]>,
   *   set: (files: Promise<import('../shell/dropped.js').Dropped[]>) => Promise<string>, log: (text: string, name: string) => Promise<void>, picture: (file: File) => Promise<void>}} on  load: tells what changed; set: reads a data set, and tells what was read
   */
  constructor(menu, message, on) {
    this.menu = menu;
    this.message = message;
    this.on = on;
    menu.addEventListener('beforetoggle', (/** @type {any} */ e) => e.newState === 'open' && this.fill());
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (menu.querySelectorAll('[data-copy]'))) {
      const text = this.field(button.dataset.copy);
      text.addEventListener('focus', () => text.select());
      button.addEventListener('click', async () => {
        this.fill();
        text.select();
        if (await copySelected(text.value)) this.say(`share.copied.${text.id}`);
      });
    }
    for (const b of /** @type {NodeListOf<HTMLElement>} */ (menu.querySelectorAll('[data-save]'))) {
      b.addEventListener('click', () => this.save(b.dataset.save));
    }
    const file = /** @type {HTMLInputElement} */ (menu.querySelector('#file'));
    file.addEventListener('change', () => {
      this.take(file.files);
      file.value = '';
    });
    message.addEventListener('click', () => (message.hidden = true));
    this.accept(document);
    this.offline = /** @type {HTMLElement} */ (menu.querySelector('#offline'));
    this.offline.addEventListener('click', () => this.keep());
    this.writeOffline();
  }

  /** @returns {HTMLInputElement} */
  field(/** @type {string} */ id) {
    return this.menu.querySelector(`#${id}`);
  }

  /** Writes the link to what is on show. */
  fill() {
    const { on } = this;
    for (const [id, text] of [['link', on.link(false)], ['code', frameCode(on.link(true))]]) {
      if (this.field(id).value !== text) this.field(id).value = text;
    }
  }

  /** What is on show is another setup: an open menu has its link. */
  changed() {
    if (this.menu.matches(':popover-open')) this.fill();
  }

  /** Takes files that are dropped on a document or pasted into it: the page, or a frame in it. */
  accept(/** @type {Document} */ document) {
    const over = (/** @type {boolean} */ on) => this.message.ownerDocument.body.classList.toggle('dropping', on);
    document.addEventListener('dragover', (e) => {
      if (!e.dataTransfer.types.includes('Files')) return;
      e.preventDefault();
      over(true);
    });
    document.addEventListener('dragleave', (e) => e.relatedTarget || over(false));
    document.addEventListener('drop', (e) => {
      over(false);
      if (!e.dataTransfer.types.includes('Files')) return; // text goes where it is dropped
      e.preventDefault();
      this.take(e.dataTransfer);
    });
    document.addEventListener('paste', (e) => {
      if (!e.clipboardData.files.length) return;
      e.preventDefault();
      this.take(e.clipboardData);
    });
  }

  async save(/** @type {string} */ what) {
    const { on } = this;
    const text = (/** @type {string} */ s, /** @type {string} */ type) => new Blob([s], { type });
    switch (what) {
      case 'drawing':
        return save('drawing.png', await png(on.drawing()));
      case 'svg':
        return save('curves.svg', standalone(on.chart()));
      case 'png':
        return save('curves.png', await rasterise(standalone(on.chart())));
      case 'csv':
        return save('curves.csv', text(on.csv(), 'text/csv'));
      case 'weights':
        return save('lenet.safetensors', new Blob([await on.weights()]));
    }
  }

  /** Takes what was dropped, pasted or chosen: a data set, or a file of something else. */
  async take(/** @type {DataTransfer|FileList} */ from) {
    const [first, ...more] = 'files' in from ? from.files : from;
    const folder = 'items' in from && [...from.items].some((item) => item.webkitGetAsEntry?.()?.isDirectory);
    if (!folder && !isSet(first) && (!more.length || isElse(first))) return this.load(first);
    const files = 'items' in from ? dropped(from) : picked(from); // at once: after the event they are gone
    if (!folder && (await hasElse(first))) {
      files.catch(() => {});
      return this.load(first);
    }
    return this.set(files, first?.name ?? '');
  }

  async set(/** @type {Promise<import('../shell/dropped.js').Dropped[]>} */ files, /** @type {string} */ name) {
    this.menu.hidePopover();
    this.say('set.reading', { name });
    try {
      this.tell(await this.on.set(files));
    } catch (e) {
      this.say('set.refused', { name, error: /** @type {Error} */ (e).message });
    }
  }

  async load(/** @type {File|undefined} */ file) {
    if (!file) return;
    this.menu.hidePopover();
    const log = /\.(jsonl|csv)$/i.test(file.name);
    try {
      if (file.size > maxFile) throw new Error(t('share.large', { n: Math.round(file.size / 1e6) }));
      if (log) {
        await this.on.log(await file.text(), file.name);
        this.say('log.shown', { name: file.name });
        return;
      }
      if (isPicture(file)) {
        await this.on.picture(file);
        this.say('share.picture', { name: file.name });
        return;
      }
      const changes = await this.on.load(new Uint8Array(await file.arrayBuffer()), file.name);
      this.tell(sentences(t('share.loaded', { name: file.name }), ...changes));
    } catch (e) {
      this.say(log ? 'log.refused' : isPicture(file) ? 'picture.refused' : 'share.refused', { name: file.name, error: /** @type {Error} */ (e).message });
    }
  }

  async writeOffline() {
    this.offline.hidden = !canKeep();
    this.offline.dataset.t = (await isKept().catch(() => false)) ? 'offline.drop' : 'offline.keep';
    this.offline.textContent = t(this.offline.dataset.t);
  }

  /** Keeps a copy of the page, or lets it go. */
  async keep() {
    try {
      const kept = await isKept();
      this.say('offline.wait');
      await (kept ? dropCopy() : keepCopy());
      this.say(kept ? 'offline.dropped' : 'offline.kept');
    } catch (e) {
      this.say('offline.failed', { error: /** @type {Error} */ (e).message });
    }
    this.writeOffline();
  }

  say(/** @type {string} */ key, /** @type {Record<string, string>} */ values = {}) {
    this.tell(t(key, values));
  }

  /** Says something for as long as it takes to read. */
  tell(/** @type {string} */ text) {
    this.message.textContent = text;
    this.message.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.message.hidden = true), 5000 + 100 * text.length);
  }
}

/** Whether a file may be of a data set, by its name. */
const isSet = (/** @type {File|undefined} */ file) => /\.(npz|zip|json|csv|gz)$|ubyte$/i.test(file?.name ?? '');

/** Whether what such a file begins with is the log of a run, whose first line names a column of epochs, or an array of weights. */
async function hasElse(/** @type {File} */ file) {
  const begin = await file.slice(0, 1000).text();
  if (/\.csv$/i.test(file.name)) return /^[^\r\n]*epoch/i.test(begin);
  return /\.npz$/i.test(file.name) && /^PK[^]{28,128}(weight|bias)\.npy/.test(begin);
}

/** Whether it is something else. */
const isElse = (/** @type {File|undefined} */ file) => !file || isPicture(file) || /\.(jsonl|safetensors|pt|pth)$/i.test(file.name);

/** HTML that puts the page of a link into another page. */
function frameCode(/** @type {string} */ link) {
  return `<iframe src="${link.replaceAll('&', '&amp;')}" title="LeNet Playground" width="100%" height="640" frameborder="0" loading="lazy"></iframe>`;
}
