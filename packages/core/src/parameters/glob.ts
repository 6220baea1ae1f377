/** A pattern over paths: `*` stands for anything within one part, `**` for any number of parts, `?` for one character. */
export const glob = (pattern: string): ((path: string) => boolean) => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (wild) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[wild]!);
  const expression = new RegExp(`^${source}$`);
  return (path) => expression.test(path);
};
