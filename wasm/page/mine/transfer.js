import { save } from '../shell/export.js';
import { picked } from '../shell/dropped.js';
import { count, sentences, t } from '../shell/i18n.js';
import { limits } from './collection.js';
import { make } from './dom.js';

const forms = /** @type {const} */ (['strokes', 'idx', 'npz', 'png']);

/** Transfer brings data sets into the collection, and writes it as files that the program reads. */
export class Transfer {
  /**
   * @param {HTMLElement} root
   * @param {import('./collection.js').Collection} collection
   * @param {{files: () => Promise<import('../train/files.js').Files>, tell: (text: string) => void}} on  tell: says what became of it
   */
  constructor(root, collection, on) {
    this.collection = collection;
    this.on = on;
    this.kept = make('p');
    const input = (/** @type {string} */ label, folder = false) => {
      const field = make('input', { type: 'file', class: 'unseen', multiple: true, ...(folder ? { webkitdirectory: true } : {}) });
      field.addEventListener('change', async () => {
        const files = picked(field.files);
        field.value = '';
        this.read(files);
      });
      return make('label', { class: 'link' }, make('span', { text: label }), field);
    };
    const write = (/** @type {typeof forms[number]} */ form) => {
      const button = make('button', { type: 'button', class: 'link', 'data-form': form, text: `mine.form.${form}` });
      button.addEventListener('click', () => this.write(form));
      return button;
    };
    root.append(this.kept,
      make('p', { class: 'ways-in' }, make('span', { text: 'mine.import' }), ' ', input('mine.import.files'), input('mine.import.folder', true)),
      make('p', { class: 'ways-out' }, make('span', { text: 'mine.export' }), ' ', ...forms.map(write)));
  }

  /** Adds the drawings of a data set, and tells how many. */
  async read(/** @type {Promise<import('../shell/dropped.js').Dropped[]>} */ files) {
    this.on.tell(t('mine.reading'));
    try {
      this.on.tell(await this.take(await files));
    } catch (e) {
      this.on.tell(/** @type {Error} */ (e).message);
    }
  }

  /** Adds the drawings of a data set. Resolves to what was read; fails where it is none. */
  async take(/** @type {import('../shell/dropped.js').Dropped[]} */ files) {
    const { classes, images, labels, strokes, notes } = await (await this.on.files()).read(files);
    const drawings = Array.from(labels, (label, i) => ({ name: classes[label], pixels: images.slice(784 * i, 784 * (i + 1)), strokes: strokes?.[i]?.length ? strokes[i] : null }));
    const { items, left } = this.collection.file(drawings);
    return sentences(t('mine.read', { n: count(items.length) }), left > 0 && t('mine.read.left', { n: count(left), items: count(limits.items), kinds: limits.kinds }), ...notes);
  }

  /** The collection as a file, and what is in it: strokes leave images out. Fails where that is nothing. */
  async pack(/** @type {typeof forms[number]} */ form) {
    const { collection } = this;
    const items = collection.items.filter(({ strokes }) => strokes || form !== 'strokes');
    if (!items.length) throw new Error(t('mine.write.none'));
    const { name, data } = await (await this.on.files()).write(form, { ...collection.examples(items), strokes: form === 'strokes' ? items.map(({ strokes }) => strokes) : null });
    return { name, data, items };
  }

  /** Writes the collection as a file, for the reader to save. */
  async write(/** @type {typeof forms[number]} */ form) {
    const { size } = this.collection;
    try {
      const { name, data, items } = await this.pack(form);
      save(name, new Blob([data]));
      this.on.tell(sentences(t('mine.written', { name, n: count(items.length) }), items.length < size && t('mine.written.less', { n: count(size - items.length) })));
    } catch (e) {
      this.on.tell(/** @type {Error} */ (e).message);
    }
  }
}
