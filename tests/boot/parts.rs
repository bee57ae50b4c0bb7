//! `part.js` loads the parts of the program while the browser is idle, and goes on when a lost connection is back. So does a page whose
//! part did not load.

use crate::support::{answer, find, focused, forget_everything, get, network, remount_app, text, wait_for};
use js_sys::{Promise, eval};
use storefront::ui::part;
use storefront_api::{App, pages::Part};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

/// Runs `part.js` with two parts and a network that fails for the first request of the second part. Returns the requested files before and
/// after the browser is online again.
const STEPS: &str = r"(async script => {
    const parts = '{ a: [`a.wasm`], b: [`b.wasm`] }';
    const frame = document.createElement('iframe');
    // Firefox replaces the frame's first document when it has loaded the empty page.
    await new Promise(done => { frame.onload = done; document.body.append(frame); });
    const win = frame.contentWindow, asked = [];
    let isOnline = false, failed;
    const hasFailed = new Promise(done => { failed = done; });
    win.document.documentElement.dataset.parts = '';
    win.document.body.innerHTML = '<script id=boot data-part-styles=data:text/css,></script>';
    win.requestIdleCallback = run => setTimeout(run);
    win.WebAssembly.compileStreaming = async request => (await request, new win.WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));
    win.fetch = async url => {
        asked.push(url.pathname.slice(1));
        if (!isOnline && asked.at(-1) === 'b.wasm') throw failed(), new TypeError('no network');
        return { status: 200 };
    };
    const source = script.replace('const files = {};', `const files = ${parts};`).replaceAll('import.meta.url', `'http://parts.test/'`);
    const element = win.document.createElement('script');
    element.type = 'module';
    element.textContent = source.replaceAll('export const', 'const') + `loadWhenIdle(' a b', {});`;
    win.document.head.append(element);
    await hasFailed;
    await new Promise(done => setTimeout(done));
    const before = asked.join();
    isOnline = true;
    win.dispatchEvent(new win.Event('online'));
    for (let task = 0; task < 20 && asked.length < 3; task++) await new Promise(done => setTimeout(done));
    frame.remove();
    return `${before} ${asked.join()}`;
})";

#[wasm_bindgen_test]
async fn parts_that_did_not_load_without_a_connection_are_loaded_when_it_is_back() {
    let run: js_sys::Function = eval(STEPS).unwrap().unchecked_into();
    let outcome = run.call1(&wasm_bindgen::JsValue::NULL, &include_str!("../../src/ui/part.js").into()).unwrap();
    let outcome = JsFuture::from(outcome.unchecked_into::<Promise>()).await.unwrap();
    assert_eq!(outcome.as_string().unwrap(), "a.wasm,b.wasm a.wasm,b.wasm,b.wasm");
}

#[wasm_bindgen_test]
async fn a_page_whose_part_did_not_load_is_shown_when_the_connection_is_back() {
    forget_everything();
    part::withhold(Part::Store);
    network("offline(true)");
    let (_page, _) = remount_app(App::Store, "/");
    wait_for("message", || text(".failure").contains("We couldn't reach the server.")).await;
    get::<HtmlElement>(".failure button").focus().unwrap();
    answer("GET /api/products", 200, "[]");
    network("offline(false)");
    wait_for("page", || find("#q").is_some() && find(".failure").is_none()).await;
    wait_for("focus", || focused().tag_name() == "H1").await;
}
