/**
 * The keys of a link, which are also attributes of <lenet-playground> and keys
 * of messages: assets/EMBEDDING.md documents them.
 */

/** Keys of the experiment, and the form's names for them. @type {Record<string, string>} */
export const experiment = { preset: 'preset', data: 'dataset', size: 'size', from: 'from', freeze: 'freeze', activation: 'activation', pooling: 'pooling', lr: 'lr', batch: 'batch', epochs: 'epochs', seed: 'seed', channels: 'channels', units: 'units', pace: 'pace', workers: 'workers', reproducible: 'reproducible' };
/** Changes to the input. */
export const changes = ['raw', 'rotate', 'x', 'y', 'noise'];
/** Keys that are on or off: 1 or 0. */
export const flags = ['reproducible', 'raw', 'autoplay', 'embed', 'mine'];
/** All that an element has as attributes; a link has v, embed and origin besides. */
export const attributes = [...Object.keys(experiment), ...changes, 'sha256', 'tab', 'lesson', 'mine', 'lang', 'theme', 'view', 'unit', 'panels', 'lock', 'weights', 'load', 'autoplay', 'ink', 'image'];
