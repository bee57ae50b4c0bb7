// Starts the app whose names Trunk wrote into this script's own tag.
const { js, wasm } = document.getElementById("start").dataset;
import(js).then((app) => app.default({ module_or_path: wasm }));
