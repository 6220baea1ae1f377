export { type ConfigFile, readConfig } from './config/read.js';
export { COMMAND, MODALITY_KIND, Plugins, TASK_KIND } from './plugins/container.js';
export { loadPlugin } from './plugins/load.js';
