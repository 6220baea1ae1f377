/** The id of an engine: `native`, `wasm`, `tensorflow` or `cpu`. */
export type EngineId = string;

/** The engine in use. */
export interface EngineInfo {
  id: EngineId;
  threads: number;
  /** Vector instructions: `simd128`, `relaxed-simd`, `none`, `unknown`. */
  simd: string;
  /** One line for people. */
  detail: string;
  /** Why a better engine was passed over, where nobody asked for this one by name. */
  passedOver?: string;
}

/** Whether one engine loads here, for `doctor`. */
export interface EngineReport {
  id: EngineId;
  loads: boolean;
  /** Why it does not load; empty where it does. */
  reason: string;
  /** What to do about it; empty where it loads. */
  fix: string;
  detail: string;
}

/** One engine: a folder with one of these. A new engine is added to the list in `use-engine.ts`. */
export interface Engine {
  id: EngineId;
  /** Whether it may be chosen without being asked for. */
  automatic: boolean;
  /** Makes it the current engine. Throws where it cannot. */
  start(threads: number | undefined): Promise<EngineInfo>;
  /** Looks whether it would start, without making it current. */
  probe(): Promise<EngineReport>;
}
