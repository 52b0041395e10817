import { defineConfig } from 'vite';
import { notices } from './notices';

const { collect, emit } = notices('LICENSES.txt');

export default defineConfig({
  // Relative asset addresses, so the page works under whatever path serves it.
  base: './',
  esbuild: { jsx: 'automatic' },
  plugins: [collect(), emit()],
  // Workers are bundled apart from the page; their packages need crediting too.
  worker: { format: 'es', plugins: () => [collect()] },
  build: {
    outDir: 'build',
    target: 'es2022',
    // Every asset is a file of its own with a hash in its name: cacheable for ever.
    assetsInlineLimit: 0,
    // Monaco is one chunk of several megabytes by nature.
    chunkSizeWarningLimit: 5000,
    rollupOptions: {
      // "use client" and the like mean nothing here; a hundred warnings would hide a real one.
      onwarn(warning, warn) {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
});
