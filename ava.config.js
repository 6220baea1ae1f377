const names = ['engine', 'core', 'testing', 'oracles', 'text', 'vision', 'graph', 'cli'];

export default {
  files: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
  typescript: {
    rewritePaths: {
      ...Object.fromEntries(names.map((name) => [`packages/${name}/src/`, `packages/${name}/dist/`])),
      'test/': 'test/dist/',
    },
    compile: false,
  },
  workerThreads: false,
  concurrency: 2,
  timeout: '5m',
};
