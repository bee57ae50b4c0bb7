// Loads the parts of the program, and has the browser ready for what they show. A release puts the files of each part, by its name, in place of the empty object.
const files = {};
const compiled = {};
const started = {};
const there = new Set();

// As long as the app waits for a backend, in milliseconds.
const get = async file => {
  const response = await fetch(new URL(file, import.meta.url), { signal: AbortSignal.timeout(20_000) });
  // Files are never changed, only replaced by files with other names, so a missing file is one of an earlier release.
  if (response.status === 404) throw response.status;
  return response;
};
// A failure is not kept, so that the next call tries again.
const once = (all, file, make) => all[file] ??= make(file).catch(error => {
  delete all[file];
  throw error;
});
const compile = file => once(compiled, file, () => WebAssembly.compileStreaming(get(file)));
// The texts have no styles of their own.
const isGerman = /german/;
// Loads the styles of all parts. Where they cannot be had, the parts are shown without.
let styled;
const style = () => styled ??= new Promise(settled => {
  const link = document.createElement('link');
  const href = document.getElementById('boot').dataset.partStyles;
  document.head.append(Object.assign(link, { rel: 'stylesheet', href, onload: settled, onerror: settled }));
});
// `wasm` is the variable of wasm-bindgen's script around this one: the exports of the running program.
const start = file => once(started, file, async () => {
  const program = await compile(file);
  if (!isGerman.test(file)) await style();
  await WebAssembly.instantiate(program, { w: wasm });
  there.add(file);
});

export const isLoaded = part => files[part].every(file => there.has(file));

// Fails with 404 if a file is gone from the server, and with another value if it could not be had.
export const load = part => Promise.all(files[part].map(start));

// Loads one after the other once the browser has nothing else to do: parts by their names, and other files, by their paths, into the
// browser's cache. `names` has spaces between them. A failure shows when the part is needed.
export const loadWhenIdle = names => {
  const rest = names.trim().split(' ');
  const next = () => {
    const name = rest.shift();
    // The form is there since long, and the font of the headings delays nothing any more (style/fonts.css).
    if (!name) delete document.documentElement.dataset.first;
    else (self.requestIdleCallback ?? setTimeout)(() => (name[0] === '/' ? fetch(name) : load(name)).then(next, () => {}));
  };
  if (!navigator.connection?.saveData) next();
};

// boot.js names the parts of the page's address and language, which are then on their way before the program runs.
document.documentElement.dataset.parts.split(' ').forEach(part => files[part]?.forEach(file => {
  if (!isGerman.test(file)) style();
  compile(file).catch(() => {});
}));

// The browser takes 10 ms or more to make its first format of an amount. Nobody waits for that while the program is on its way.
(self.requestIdleCallback ?? setTimeout)(() => new Intl.NumberFormat(document.documentElement.lang, { style: 'currency', currency: 'EUR' }));
