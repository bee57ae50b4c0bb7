// Builds the peers for production, one folder each. Like the app's release, each file has the hash of its content in its name, and a
// brotli file beside it. usage: node build.mjs FOLDER

import { transformAsync } from '@babel/core';
import solid from 'babel-preset-solid';
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

// React and Preact have the same sources. For one of them, aliases replace React by Preact, as Preact's documentation describes. SolidJS has
// its own sources and its own compiler.
const PREACT = {
  'react': 'preact/compat',
  'react-dom': 'preact/compat',
  'react-dom/client': 'preact/compat/client',
  'react/jsx-runtime': 'preact/jsx-runtime',
};
const SOLID = {
  name: 'solid',
  setup: ({ onLoad }) =>
    onLoad({ filter: /solid[a-z-]*\.jsx$/ }, async ({ path }) => ({
      contents: (await transformAsync(readFileSync(path, 'utf8'), { filename: path, presets: [solid], babelrc: false, configFile: false })).code,
    })),
};
const PEERS = [
  { name: 'react', entries: { main: 'main', equal: 'equal' } },
  { name: 'preact', entries: { main: 'main', equal: 'equal' }, alias: PREACT },
  { name: 'solid', entries: { main: 'solid', equal: 'solid-equal' }, plugins: [SOLID] },
];

const here = fileURLToPath(new URL('.', import.meta.url));
const sources = join(here, 'peer');
const folder = resolve(process.argv[2]);

const text = path => readFileSync(join(here, path), 'utf8');

// The page of the peers with the app's markup: the app's style sheets in their order, its icons, and the drawings of the products.
function equalPage() {
  const ours = text('../../index.html');
  const styles = [...ours.matchAll(/rel="css" href="([^"]+)"/g)].map(([, file]) => text(`../../${file}`)).join('\n');
  const icons = ours.match(/<svg class="sprite"[^]*?<\/svg>/)[0].replace('<use id="drawings"></use>', text('../../assets/products.svg').replace(/<\/?svg[^>]*>/g, ''));
  const page = text('peer/index.html').replace('/main.js', '/equal.js').replace('/main.css', '/equal.css').replace('<div id="root"></div>', `${icons}<div id="app"></div>`);
  return { page, files: [{ path: 'equal.css', contents: styles }] };
}

const PAGES = {
  main: () => ({ page: text('peer/index.html'), files: [] }),
  equal: equalPage,
};

const builds = PEERS.flatMap(({ entries, ...peer }) => Object.entries(entries).map(([variant, entry]) => ({ ...peer, variant, entry })));

for (const { name, variant, entry, alias, plugins } of builds) {
  const dist = join(folder, variant === 'main' ? name : `${name}-${variant}`);
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: { [variant]: join(sources, `${entry}.jsx`) },
    alias,
    plugins,
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
  const { page, files } = PAGES[variant]();
  let html = page.replace(/^ +/gm, '');
  const icon = { path: 'favicon.svg', contents: readFileSync(join(here, '../../assets/favicon.svg')) };
  for (const { path, contents } of [...outputFiles, ...files, icon]) {
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
    const file = basename(path, extname(path)) + '-' + hash + extname(path);
    html = html.replace(`/${basename(path)}`, `/${file}`);
    writeFileSync(join(dist, file), contents);
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length };
    writeFileSync(join(dist, `${file}.br`), brotliCompressSync(contents, { params: quality }));
  }
  if (variant === 'equal') cpSync(join(here, '../../assets'), join(dist, 'assets'), { recursive: true });
  writeFileSync(join(dist, 'index.html'), html);
}
