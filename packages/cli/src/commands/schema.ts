import { editorSchema } from '../config/editor-schema.js';
import type { Call } from '../declaration.js';

/** `schema`: the JSON Schema of a config, with the kinds of the plug-ins that are loaded. */
export const run = async (call: Call): Promise<void> => {
  await call.out(JSON.stringify(editorSchema(await call.plugins()), null, 2));
};
