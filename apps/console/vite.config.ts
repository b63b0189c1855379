import { defineConfig } from 'vite';

/** Bundles the console into dist/apps/console/site, from where the API serves it. */
export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: '../../dist/apps/console/site',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // The widgets' chunk; the whole first load has a budget of its own (test/console).
    chunkSizeWarningLimit: 900,
    manifest: 'manifest.json',
    rolldownOptions: {
      // "use client" of libraries means nothing in a bundle for browsers.
      onLog: (level, log, tell) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
      output: {
        codeSplitting: {
          groups: [
            { name: 'antd', test: /node_modules[\\/](antd|@ant-design|@rc-component|rc-)/ },
            { name: 'charts', test: /node_modules[\\/](echarts|zrender)/ },
          ],
        },
      },
    },
  },
});
