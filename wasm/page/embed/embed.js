/**
 * The custom element <lenet-playground>: the playground in a frame, as
 * assets/EMBEDDING.md documents it. A page loads this file by a script tag from
 * where the playground is served; it needs nothing else.
 */
(() => {
  const version = 1;
  const base = new URL('.', /** @type {any} */ (document.currentScript)?.src ?? location.href).href;
  const keys = 'preset data size activation pooling lr batch epochs seed channels units pace workers reproducible raw rotate x y noise tab lesson lang theme view unit panels lock weights load autoplay ink image'.split(' ');
  const commands = ['set', 'draw', 'train', 'pause', 'step', 'reset', 'loadWeights', 'goto'];
  const flags = ['raw', 'reproducible', 'autoplay']; // present means yes

  class Playground extends HTMLElement {
    static observedAttributes = keys;
    /** @type {object[]} */
    waiting = []; // messages, until it is ready

    connectedCallback() {
      if (this.frame) return;
      const frame = (this.frame = document.createElement('iframe'));
      this.ready = false; // for messages
      this.calls = new Map();
      this.last = 0;
      this.mirrored = false; // an attribute is being set to what the playground says
      this.listen = (/** @type {MessageEvent} */ e) => this.receive(e);
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

    disconnectedCallback() {
      removeEventListener('message', this.listen);
      this.frame?.remove();
      this.frame = undefined;
      for (const { reject } of this.calls.values()) reject(new Error('the playground was removed'));
    }

    /** What the attributes say, as keys of a link. @returns {Record<string, string>} */
    keys() {
      return Object.fromEntries(keys.filter((key) => this.hasAttribute(key)).map((key) => [key, valueOf(key, this.getAttribute(key))]));
    }

    attributeChangedCallback(/** @type {string} */ key, /** @type {string} */ before, /** @type {string|null} */ value) {
      if (this.ready && !this.mirrored && value !== before) this.call('set', { keys: { [key]: valueOf(key, value) } }).catch(() => {});
    }

    /** Sends a command. Resolves to its answer. */
    call(/** @type {string} */ type, fields = {}) {
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
      if (source !== this.frame.contentWindow || data?.lenet !== version) return;
      const { lenet, type, id, ...detail } = data;
      if (type === 'resize') this.frame.style.height = `${detail.height}px`;
      if (type === 'ready' && !this.ready) {
        this.ready = true;
        for (const m of this.waiting.splice(0)) this.post(m);
      }
      if (type === 'change') {
        this.mirrored = true;
        for (const [key, value] of Object.entries(detail.keys)) if (keys.includes(key)) this.setAttribute(key, value);
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

  const valueOf = (/** @type {string} */ key, /** @type {string|null} */ value) => (flags.includes(key) ? (value === null || value === '0' || value === 'false' ? '0' : '1') : value ?? '');

  if (!customElements.get('lenet-playground')) customElements.define('lenet-playground', Playground);
})();
