import { attributes, flags } from '../shell/linkkeys.js';

/**
 * The custom element <lenet-playground>: the playground in a frame, as
 * assets/EMBEDDING.md documents it. A page loads this file, bundled, by a
 * script tag from where the playground is served; it needs nothing else.
 */
const version = 1;
const base = new URL('.', /** @type {any} */ (document.currentScript)?.src ?? location.href).href;
const commands = ['set', 'draw', 'train', 'pause', 'step', 'reset', 'loadWeights', 'goto', 'label', 'requestDrawings'];

class Playground extends HTMLElement {
  static observedAttributes = attributes;
  ready = false; // the frame takes messages
  /** @type {object[]} */
  waiting = []; // messages, until it is ready
  /** @type {Record<string, string>|null} */
  changed = null; // keys of attributes that were set, still to be sent
  calls = new Map(); // without an answer, by id
  last = 0; // id; none is used twice, though the element moves
  mirrored = false; // an attribute is being set to what the playground says
  listen = (/** @type {MessageEvent} */ e) => this.receive(e);

  connectedCallback() {
    if (this.frame) return;
    const frame = (this.frame = document.createElement('iframe'));
    addEventListener('message', this.listen);
    const { origin } = window;
    const link = new URLSearchParams({ v: String(version), embed: '1', ...(origin === 'null' ? {} : { origin }), ...this.keys() });
    if (this.hasAttribute('sandbox')) frame.setAttribute('sandbox', this.getAttribute('sandbox') || 'allow-scripts');
    frame.title = this.title || 'LeNet Playground';
    frame.loading = 'lazy';
    frame.allow = 'clipboard-write';
    // Properties, which a strict policy for styles allows.
    Object.assign(this.style, { display: this.style.display || 'block' });
    Object.assign(frame.style, { display: 'block', width: '100%', height: '480px', border: '0' });
    frame.src = `${new URL(this.getAttribute('src') ?? '.', base)}#${link}`;
    this.append(frame);
  }

  /** Cancels all commands; an element that is moved begins again with a frame of its own. */
  disconnectedCallback() {
    removeEventListener('message', this.listen);
    this.frame?.remove();
    this.frame = undefined;
    this.ready = false;
    this.waiting = [];
    this.changed = null;
    this.cancel('the playground was taken out of the page');
  }

  /** Fails all commands without an answer. */
  cancel(/** @type {string} */ why) {
    const calls = [...this.calls.values()];
    this.calls.clear();
    for (const { reject } of calls) reject(new Error(why));
  }

  /** What the attributes say, as keys of a link. @returns {Record<string, string>} */
  keys() {
    return Object.fromEntries(attributes.filter((key) => this.hasAttribute(key)).map((key) => [key, valueOf(key, this.getAttribute(key))]));
  }

  /** Attributes that are set together, or before the frame is ready, make one command. */
  attributeChangedCallback(/** @type {string} */ key, /** @type {string} */ before, /** @type {string|null} */ after) {
    const value = valueOf(key, after);
    if (!this.frame || this.mirrored || after === before || value === undefined) return;
    if (this.ready && !this.changed) queueMicrotask(() => this.sendChanged());
    (this.changed ??= {})[key] = value;
  }

  sendChanged() {
    const keys = this.changed;
    this.changed = null;
    if (keys) this.send('set', { keys }).catch(() => {}); // the event "error" says why
  }

  /** Sends a command. Resolves to its answer. */
  call(/** @type {string} */ type, fields = {}) {
    if (!this.frame) return Promise.reject(new Error('the playground is in no page: insert the element, then call its methods'));
    this.frame.loading = 'eager'; // wanted now, in sight or not
    this.sendChanged();
    return this.send(type, fields);
  }

  send(/** @type {string} */ type, /** @type {object} */ fields) {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.calls.set(id, { resolve, reject });
      const message = { ...fields, lenet: version, type, id };
      this.ready ? this.post(message) : this.waiting.push(message);
    });
  }

  post(/** @type {object} */ message) {
    this.frame.contentWindow.postMessage(message, this.frame.sandbox.length && !this.frame.sandbox.contains('allow-same-origin') ? '*' : new URL(this.frame.src).origin);
  }

  receive(/** @type {MessageEvent} */ { source, data }) {
    if (source !== this.frame?.contentWindow || data?.lenet !== version) return;
    const { lenet, type, id, ...detail } = data;
    if (type === 'resize') this.frame.style.height = `${detail.height}px`;
    if (type === 'ready' && !detail.live && this.ready) this.cancel('the playground was loaded again');
    if (type === 'ready' && !this.ready) {
      this.ready = true;
      for (const m of this.waiting.splice(0)) this.post(m);
      this.sendChanged();
    }
    if (type === 'change') {
      this.mirrored = true;
      for (const [key, value] of Object.entries(detail.keys)) if (attributes.includes(key)) this.setAttribute(key, value);
      this.mirrored = false;
    }
    const call = this.calls.get(id);
    this.calls.delete(id);
    if (type === 'error') call?.reject(new Error(detail.message));
    else call?.resolve(detail);
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

for (const type of commands) /** @type {any} */ (Playground.prototype)[type] = function (/** @type {object} */ fields) {
  return this.call(type, fields);
};

/** An attribute's value as that of a key; undefined for one that was removed, unless that says something. @type {(key: string, value: string|null) => string|undefined} */
const valueOf = (key, value) => (flags.includes(key) ? (value === null || value === '0' || value === 'false' ? '0' : '1') : value ?? (key === 'lock' ? '' : undefined));

if (!customElements.get('lenet-playground')) customElements.define('lenet-playground', Playground);
