// Loads the parts of the program, and their styles. A release build replaces the empty object with an object that lists the files of each
// part under the part's name.
const files = {};
const compiled = {};
const started = {};
const there = {};

// The browser aborts the request for a file after 20 seconds.
const get = async file => {
  const response = await fetch(new URL(file, import.meta.url), { signal: AbortSignal.timeout?.(20_000) });
  // A new release gives a changed file a new name, so a missing file belongs to an earlier release.
  if (response.status === 404) throw response.status;
  return response;
};
// Calls `make` once for each file, and stores its promise in `all`. A rejected promise is removed, so that the next call tries again.
const once = (all, file, make) => all[file] ??= make(file).catch(error => {
  delete all[file];
  throw error;
});
const compile = file => once(compiled, file, () => WebAssembly.compileStreaming(get(file)));
// The parts with texts need no styles.
const isText = /^texts/;
// Loads the styles of all parts. If they do not load, the parts are shown without styles.
let styled;
const style = () => styled ??= new Promise(settled => {
  const link = document.createElement('link');
  const href = document.getElementById('boot').dataset.partStyles;
  document.head.append(Object.assign(link, { rel: 'stylesheet', href, onload: settled, onerror: settled }));
});

export const isLoaded = part => files[part].every(file => there[file]);

// `wasm` has the exports of the running program. Rejects with 404 if the server does not have a file, and with another value if a file could
// not be loaded.
export const load = (part, wasm) => Promise.all(files[part].map(file => once(started, file, async () => {
  const program = await compile(file);
  if (!isText.test(file)) await style();
  await WebAssembly.instantiate(program, { w: wasm });
  there[file] = true;
})));

// Whether the page itself contains the drawings of the products.
let drawn = false;
export const isDrawn = () => drawn;
const draw = async file => {
  const text = await (await get(file)).text();
  const drawings = new DOMParser().parseFromString(text, 'image/svg+xml').querySelectorAll('symbol');
  document.getElementById('drawings').replaceWith(...drawings);
  drawn = drawings.length > 0;
};

// Loads one thing after another while the browser is idle. `names` has the names of parts, and the path of the file with the drawings,
// separated by spaces. After a failure, the loading goes on when the browser is online again. A page that needs a part loads it itself.
export const loadWhenIdle = (names, wasm) => {
  const rest = names.trim().split(' ');
  const next = () => {
    const [name] = rest;
    // Everything is loaded. The removal of `data-first` makes style/fonts.css load the font of the headings. Loading the font now delays
    // nothing else.
    if (!name) delete document.documentElement.dataset.first;
    else (self.requestIdleCallback ?? setTimeout)(() => (name[0] === '/' ? draw(name) : load(name, wasm)).then(() => rest.shift() && next(), () => addEventListener('online', next, { once: true })));
  };
  if (!navigator.connection?.saveData) next();
};

// boot.js names the parts that the page's URL and language need. They begin to load before the program runs.
document.documentElement.dataset.parts.split(' ').forEach(part => files[part]?.forEach(file => {
  if (!isText.test(file)) style();
  compile(file).catch(() => {});
}));
