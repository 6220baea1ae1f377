const ticks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A curve in one line: the mean of each stretch as the height of a block. */
export const sparkline = (values: readonly number[], width = 48): string => {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return '';
  const size = Math.max(1, finite.length / width);
  const means = Array.from({ length: Math.min(width, finite.length) }, (_, i) => {
    const part = finite.slice(Math.floor(i * size), Math.max(Math.floor(i * size) + 1, Math.floor((i + 1) * size)));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  return means.map((value) => ticks[high === low ? 0 : Math.round(((value - low) / (high - low)) * (ticks.length - 1))]).join('');
};
