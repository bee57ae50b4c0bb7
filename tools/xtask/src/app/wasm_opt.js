// Runs wasm-opt of npm several times in one process, in one thread per processor, so that Node.js compiles it once.
// Arguments: the path of wasm-opt, then the arguments of each run, with tabs between them.

const { availableParallelism } = require('node:os');
const { resolve } = require('node:path');
const { Worker } = require('node:worker_threads');

const [program, ...runs] = process.argv.slice(2);

function startNext() {
  const run = runs.shift();
  if (run === undefined) return;
  const worker = new Worker(resolve(program), { argv: run.split('\t') });
  worker.on('error', error => console.error(error));
  worker.on('exit', code => {
    if (code === 0) return startNext();
    // Without `process.exit`, which would lose the thread's messages.
    process.exitCode = 1;
    runs.length = 0;
  });
}

for (let thread = 0; thread < availableParallelism(); thread++) startNext();
