// Starts the app. Trunk has written the names of the app's files into the tag of this script.
const { js, wasm } = document.getElementById("start").dataset;
import(js).then((app) => app.default({ module_or_path: wasm }));
