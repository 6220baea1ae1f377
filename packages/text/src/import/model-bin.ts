import { AnyformerError, type ParameterValues } from '@anyformer/core';

/** A CTranslate2 `model.bin` as read. */
export interface ModelBin {
  /** Name of the architecture, such as `TransformerBase`. */
  readonly spec: string;
  /** Values are made of the bytes each time that they are asked for. */
  readonly variables: ReadonlyMap<string, ParameterValues>;
}

const refuse = (file: string, given: string, accepted: string, fix?: string): AnyformerError =>
  new AnyformerError({ code: 'import/ctranslate2', who: file, given, accepted, fix, exit: 2 });

/**
 * Reads version 2 of CTranslate2's format: little endian; version, name, revision and count, then for each variable its name, rank (u8),
 * sizes (u32), bytes per item (u8), items (u32) and data. A name is its length with a final zero (u16) and its bytes.
 */
export const readModelBin = (bytes: Uint8Array, file: string): ModelBin => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (count: number): number => {
    const from = at;
    at += count;
    if (at > bytes.length) throw refuse(file, `${bytes.length} bytes, cut short`, 'a whole model.bin');
    return from;
  };
  const u8 = (): number => view.getUint8(take(1));
  const u16 = (): number => view.getUint16(take(2), true);
  const u32 = (): number => view.getUint32(take(4), true);
  const name = (): string => {
    const length = u16();
    const from = take(length);
    return new TextDecoder().decode(bytes.subarray(from, from + length - 1));
  };

  const version = u32();
  if (version !== 2) throw refuse(file, `version ${version} of the format`, 'version 2', 'Convert the model with CTranslate2 1.x.');
  const spec = name();
  u32();
  const count = u32();
  const variables = new Map<string, ParameterValues>();
  for (let i = 0; i < count; i++) {
    const variable = name();
    const shape = Array.from({ length: u8() }, u32);
    const size = u8();
    const items = u32();
    if (size !== 4)
      throw refuse(file, `'${variable}' with ${8 * size} bits per number`, 'float32', 'Convert the model without quantization.');
    if (items !== shape.reduce((a, b) => a * b, 1))
      throw refuse(file, `${items} numbers for '${variable}' [${shape}]`, 'a whole model.bin');
    const from = take(4 * items);
    variables.set(variable, {
      shape,
      get values() {
        const values = new Float32Array(items);
        for (let k = 0; k < items; k++) values[k] = view.getFloat32(from + 4 * k, true);
        return values;
      },
    });
  }
  return { spec, variables };
};
