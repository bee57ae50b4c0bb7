// Builds the peers for production, one folder each. Like the app's release, each file has the hash of its content in its name, and a
// brotli file beside it. usage: node build.mjs FOLDER

import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

// Both peers have the same sources. For one of them, aliases replace React by Preact, as Preact's documentation describes.
const PEERS = {
  react: {},
  preact: {
    'react': 'preact/compat',
    'react-dom': 'preact/compat',
    'react-dom/client': 'preact/compat/client',
    'react/jsx-runtime': 'preact/jsx-runtime',
  },
};

const here = fileURLToPath(new URL('.', import.meta.url));
const sources = join(here, 'peer');
const folder = resolve(process.argv[2]);

for (const [name, alias] of Object.entries(PEERS)) {
  const dist = join(folder, name);
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [join(sources, 'main.jsx')],
    alias,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    outdir: dist,
    write: false,
  });
  let page = readFileSync(join(sources, 'index.html'), 'utf8').replace(/^ +/gm, '');
  const icon = { path: 'favicon.svg', contents: readFileSync(join(here, '../assets/favicon.svg')) };
  for (const { path, contents } of [...outputFiles, icon]) {
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
    const file = basename(path, extname(path)) + '-' + hash + extname(path);
    page = page.replace(`/${basename(path)}`, `/${file}`);
    writeFileSync(join(dist, file), contents);
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length };
    writeFileSync(join(dist, `${file}.br`), brotliCompressSync(contents, { params: quality }));
  }
  writeFileSync(join(dist, 'index.html'), page);
}
