//! `service_worker.js` keeps the release that open tabs use, even if an update fails halfway or two updates run at once, and leaves nothing
//! when it is switched off.

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

/// Runs the worker with a cache storage in memory. Returns the digits of the releases that the worker keeps: after its installation, after
/// a failed and a successful update, and after two updates at once. Then the number of its releases after each of two visits when it is
/// switched off. At the first visit files arrive; after it, Chromium opens a deleted release again.
const STEPS: &str = r#"
    const handlers = {}, kept = new Map(), outcome = [];
    let page = '', isCutOff = false, number = 0;
    let switchOff;
    const isOff = new Promise(resolve => { switchOff = resolve; });
    const self = {
        addEventListener: (type, run) => { handlers[type] = run; },
        skipWaiting() {},
        registration: { unregister: async () => { outcome.push('unregistered'); } },
    };
    const caches = {
        async open(name) {
            if (!kept.has(name)) kept.set(name, new Map());
            const files = kept.get(name);
            return {
                put: async (key, response) => { files.set(key, response); },
                async addAll(keys) {
                    if (isCutOff) throw new TypeError('cut off');
                    keys.forEach(key => files.set(key, new Response('')));
                },
            };
        },
        keys: async () => [...kept.keys()],
        delete: async name => kept.delete(name),
        match: async (key, options) => [...kept].filter(([name]) => [name, undefined].includes(options?.cacheName)).map(([, files]) => files.get(key)).find(it => it)?.clone(),
    };
    const fetch = async asked => {
        if (page === 'off' && asked === '/index.html') return { ok: true, clone: () => ({ text: async () => { switchOff(); return page; } }) };
        if (asked === '/index.html') return new Response(page + ' data-service-worker= /app-0123456789abcdef.js');
        // A file arrives while the worker deletes its releases, a little later than the file before it.
        await isOff;
        for (let step = 0; step < asked.later; step++) await null;
        return new Response('');
    };
    new Function('self', 'caches', 'fetch', 'Date', source)(self, caches, fetch, { now: () => 1000 + number++ });
    const ask = async request => {
        const ends = [];
        handlers.fetch({ request, respondWith: it => ends.push(it), waitUntil: it => ends.push(it) });
        await ends[0];
        await Promise.all(ends);
    };
    const visit = () => ask({ method: 'GET', mode: 'navigate', url: location.origin + '/cart' });
    const load = later => ask({ method: 'GET', later, url: `${location.origin}/late${later}-0123456789abcdef.js` });
    const install = async () => { let end; handlers.install({ waitUntil: it => { end = it; } }); await end; };
    const look = async () => {
        const pages = [...kept.values()].map(files => files.get('/index.html'));
        outcome.push((await Promise.all(pages.map(async it => it ? (await it.clone().text())[0] : '-'))).join(''));
    };
    return (async () => {
        page = '1';
        await install();
        await look();
        page = '2';
        isCutOff = true;
        await visit();
        isCutOff = false;
        page = '3';
        await visit();
        await look();
        page = '4';
        await Promise.all([visit(), visit()]);
        await look();
        page = 'off';
        await Promise.all([visit(), ...Array.from({ length: 40 }, (_, later) => load(later))]);
        outcome.push(kept.size);
        await caches.open('release-1003');
        await visit();
        return [...outcome, kept.size].join(' ');
    })();
"#;

#[wasm_bindgen_test]
async fn an_update_that_was_cut_off_and_two_at_once_leave_the_release_before_and_its_end_leaves_nothing() {
    let steps = Function::new_with_args("source", STEPS);
    let kept = steps.call1(&JsValue::NULL, &include_str!("../../src/boot/service_worker.js").into()).unwrap();
    let kept = JsFuture::from(kept.unchecked_into::<Promise>()).await.unwrap();
    assert_eq!(kept.as_string().unwrap(), "1 13 34 0 unregistered 0");
}
