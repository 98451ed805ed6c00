// The panel's build. Everything it emits lives under /assets with a hash in its name, so that the
// server may cache those files forever and index.html never.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * Puts src/app/firstPaint.js into the head as a blocking script file: it settles light or dark
 * before the first pixel. It can't be inline, because the Content-Security-Policy forbids that,
 * and it can't be part of the bundle, because modules run after the first paint.
 */
function firstPaint(): Plugin {
  const source = 'src/app/firstPaint.js';
  const text = readFileSync(new URL(source, import.meta.url), 'utf8');
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 8);
  const file = `assets/firstPaint-${hash}.js`;
  let building = false;
  return {
    name: 'keystead-first-paint',
    configResolved(config) {
      building = config.command === 'build';
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: file, source: text });
    },
    transformIndexHtml() {
      return [{ tag: 'script', attrs: { src: building ? `/${file}` : `/${source}` }, injectTo: 'head-prepend' }];
    },
  };
}

export default defineConfig({
  plugins: [react(), firstPaint()],
  build: {
    target: 'es2022',
    // Inlined assets would become data: URLs; files of our own origin need no exception in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The licences of what is bundled, the font's among them, go with it.
    license: { fileName: 'licences.txt' },
    // Fluent UI is one large chunk that changes rarely; its size is known and cached.
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { '/api': 'http://localhost:8080' } },
});
