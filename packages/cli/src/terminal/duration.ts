/** Seconds as people read them: `8 s`, `1:05`, `2:03:04`. */
export const duration = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, '0')];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
};

const scales = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** A count with three figures and its scale: `64.1 k`, `1.23 G`. */
export const count = (value: number): string => {
  for (const [scale, letter] of scales)
    if (Math.abs(value) >= scale * 0.99995) return `${Number((value / scale).toPrecision(3))} ${letter}`;
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(3)));
};

/** Bytes in the units of a system monitor. */
export const bytes = (value: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [left, unit] = [value, 0];
  while (left >= 1024 && unit < units.length - 1) [left, unit] = [left / 1024, unit + 1];
  return `${unit === 0 ? left : left.toFixed(1)} ${units[unit]}`;
};
