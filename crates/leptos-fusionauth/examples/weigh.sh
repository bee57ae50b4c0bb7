#!/bin/sh
# What the session costs a page: release builds of one page without and with it, each as it would be served; then the same
# for a page that speaks JSON over fetch anyway.
# Run it in the repository; `cargo xtask setup` brings the tools. TOOLCHAIN names one that has the wasm32 target.
set -eu
cd "$(dirname "$0")/../../.."
target=wasm32-unknown-unknown
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target/wasm}"
cargo ${TOOLCHAIN:+"+$TOOLCHAIN"} build -p leptos-fusionauth --examples --profile wasm-release --target $target

out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
for page in form form_with_session json_form json_form_with_session; do
    target/tools/bin/wasm-bindgen --target web --out-dir "$out" "$CARGO_TARGET_DIR/$target/wasm-release/examples/$page.wasm"
    target/tools/npm/node_modules/.bin/wasm-opt -O2 --strip-debug --strip-producers --strip-target-features --enable-bulk-memory \
        --enable-bulk-memory-opt --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals --enable-reference-types \
        --enable-multivalue "$out/${page}_bg.wasm" -o "$out/$page.wasm"
done
# Node's brotli compresses at quality 11 unless told otherwise.
node -e '
const { readFileSync } = require("node:fs"), { brotliCompressSync } = require("node:zlib");
const weigh = (name) => { const file = readFileSync(process.argv[1] + "/" + name); return [file.length, brotliCompressSync(file).length]; };
for (const page of ["form", "json_form"]) for (const ending of ["wasm", "js"]) {
    const [without, withIt] = [weigh(page + "." + ending), weigh(page + "_with_session." + ending)];
    console.log(`${page} ${ending}: ${without} -> ${withIt} bytes, brotli ${without[1]} -> ${withIt[1]}: +${withIt[1] - without[1]}`);
}' "$out"
