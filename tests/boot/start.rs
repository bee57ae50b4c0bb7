//! `boot.js` must show the static sign-in form, and send an early sign-in, only on pages where the app then shows its own form. On other
//! pages the app would not take over the sign-in. It starts the app when the page has shown the cart.

use crate::support::{find, forget_everything, pause, remount_app, static_page::INDEX};
use js_sys::Function;
use leptos_fusionauth::json;
use storefront::store::cart::guest_cart;
use storefront_api::{App, pages::first_loads};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::window;

/// The application in `index.html`.
const APPLICATION: &str = "10000000-0000-0000-0000-000000000001";

/// Writes the static page into a frame, which has the URL and the session storage of the test's page. The wasm program is empty, so no app
/// takes over the static page.
const OPEN: &str = r"
    const order = [];
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const page = frame.contentDocument, sent = [];
    page.open();
    page.write(index);
    page.close();
    const win = Object.assign(frame.contentWindow, { order });
    win.fusionauthEarly = { get() {}, expect() {}, email: text => `email of ${text}`, signIn: (...values) => sent.push(values) };
    const files = {
        js: 'data:text/javascript,export default () => { order.push(`app`); return {}; }',
        wasm: 'data:application/wasm;base64,AGFzbQEAAAA=',
    };
";

/// Runs `boot.js` in the frame.
const RUN: &str = r"
    const script = page.createElement('script');
    Object.assign(script.dataset, files);
    script.textContent = boot;
    page.head.append(script);
    const form = page.querySelector('#login');
";

/// Submits the form of the static page. Returns the page's `data-first` (`form` or `skeleton`), the number of sign-ins that the page has
/// sent, and the page's path.
const SUBMIT: &str = r"
    for (const input of form.querySelectorAll('[name=username], [name=password]')) input.value = 'typed';
    form.requestSubmit();
    const outcome = `${page.documentElement.dataset.first} ${sent.length} ${frame.contentWindow.location.pathname}`;
    frame.remove();
    return outcome;
";

fn submit_static_form() -> String {
    in_frame(SUBMIT)
}

/// Opens the static page in a frame, and returns the text that the JavaScript code `steps` returns.
fn in_frame(steps: &str) -> String {
    run(&[OPEN, RUN, steps].concat()).as_string().unwrap()
}

/// Runs JavaScript code to which `index` and `boot` are the texts of `index.html`, with the table of pages, and of `boot.js`. Returns the
/// value that it returns.
fn run(code: &str) -> JsValue {
    let function = Function::new_with_args("index, boot", code);
    let pages = json::encode(&first_loads(App::Store));
    let index = INDEX.replacen("\"app\":\"store\"", &["\"app\":\"store\",\"pages\":", &pages].concat(), 1);
    function.call2(&JsValue::NULL, &index.into(), &include_str!("../../src/boot/boot.js").into()).unwrap()
}

#[wasm_bindgen_test]
async fn the_static_sign_in_form_stands_and_sends_only_where_the_app_shows_its_own() {
    for (path, guest_items, expected) in [
        ("/cart", None, "form 1"),
        ("/cart", Some(2), "skeleton 0"),
        ("/cart", Some(0), "skeleton 0"),
        ("/checkout", Some(2), "skeleton 0"),
        ("/orders", None, "form 1"),
        ("/login", Some(2), "form 1"),
        ("/", None, "skeleton 0"),
    ] {
        forget_everything();
        guest_cart::keep(guest_items);
        window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some(path)).unwrap();
        assert_eq!(submit_static_form(), format!("{expected} {path}"), "{path} with {guest_items:?} items");
        let (_page, _) = remount_app(App::Store, path);
        pause().await;
        assert_eq!(find("#login").is_some(), expected.starts_with("form"), "the app at {path} with {guest_items:?} items");
    }
}

#[wasm_bindgen_test]
fn the_static_form_says_why_the_cart_asks_where_the_app_does() {
    for (path, guest_items, expected) in [
        ("/cart", None, "true"),
        ("/cart?from=mail", None, "true"),
        ("/checkout", None, "true"),
        ("/login?next=%2Fcart", None, "true"),
        ("/login?next=%2Fcheckout", Some(0), "true"),
        ("/login?next=%2F%3Fq%3Dcart", None, "false"),
        ("/login?next=%2Fcart", Some(2), "false"),
        ("/login", None, "false"),
        ("/orders", None, "false"),
    ] {
        forget_everything();
        guest_cart::keep(guest_items);
        window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some(path)).unwrap();
        let says = in_frame("const says = 'cart' in page.documentElement.dataset; frame.remove(); return `${says}`;");
        assert_eq!(says, expected, "{path} with {guest_items:?} items");
    }
    guest_cart::keep(None);
}

#[wasm_bindgen_test]
fn the_form_does_not_flash_before_a_user_who_is_signed_in_is_led_on() {
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/login")).unwrap();
    let storage = window().unwrap().local_storage().unwrap().unwrap();
    let key = format!("fusionauth.session.{APPLICATION}");
    storage.set_item(&key, r#"{"session":{}}"#).unwrap();
    let shown = submit_static_form();
    storage.remove_item(&key).unwrap();
    assert_eq!(shown, "skeleton 0 /login");
}

#[wasm_bindgen_test]
async fn a_browser_that_cannot_run_the_program_sends_nothing_and_is_told_so() {
    for missing in [
        "delete win.WebAssembly;",
        // A content security policy without `wasm-unsafe-eval` makes each compilation throw.
        "win.WebAssembly.Module = class { constructor() { throw new win.WebAssembly.CompileError('policy'); } };",
    ] {
        for (path, is_signed_in) in [("/login", false), ("/cart", false), ("/cart", true)] {
            forget_everything();
            window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some(path)).unwrap();
            let code = "
                const form = page.querySelector('#login'), errors = [];
                win.addEventListener('error', event => errors.push(event.message));
                page.dispatchEvent(new Event('DOMContentLoaded'));
                form.querySelector('[name=username]').dispatchEvent(new win.Event('input', { bubbles: true }));
                for (const input of form.querySelectorAll('[name=username], [name=password]')) input.value = 'typed';
                form.requestSubmit();
                return new Promise(done => setTimeout(done)).then(() => {
                    const outcome = [
                        sent.length, 'held' in form.dataset, form.textContent.includes('Signing in'), page.querySelector('#unsupported').hidden,
                        page.querySelector('#broken').hidden, page.documentElement.dataset.first, win.location.pathname, errors.length,
                        page.querySelector('[rel=stylesheet][href^=data]')?.rel,
                    ];
                    win.localStorage.removeItem('fusionauth.session.refused');
                    frame.remove();
                    return outcome.join();
                });
            ";
            let stored =
                if is_signed_in { "win.localStorage.setItem('fusionauth.session.refused', JSON.stringify({ session: {} }));" } else { "" };
            let application = format!("index = index.replace('{APPLICATION}', 'refused');");
            let early = "for (const name of ['get', 'expect']) win.fusionauthEarly[name] = (...values) => void sent.push(values);";
            let run_script = RUN.replace("const form = page.querySelector('#login');", "");
            let styles = "files.styles = 'data:text/css,';";
            let outcome = run(&[&application, OPEN, styles, early, stored, missing, &run_script, code].concat());
            let outcome = JsFuture::from(js_sys::Promise::from(outcome)).await.unwrap();
            assert_eq!(outcome.as_string().unwrap(), format!("0,false,false,false,true,none,{path},0,stylesheet"), "{path} with {missing}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_program_that_the_browser_cannot_compile_is_no_reason_to_reload_and_nothing_more_is_sent() {
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/login")).unwrap();
    for (refusal, shown) in [
        ("Promise.reject(new win.WebAssembly.CompileError('feature'))", "unsupported"),
        ("Promise.reject(new TypeError('network'))", "broken"),
        ("(() => { throw new TypeError('missing'); })()", "broken"),
    ] {
        let code = "
            const ended = new Promise(done => win.addEventListener('unhandledrejection', event => done(event.preventDefault())));
            for (const input of form.querySelectorAll('[name=username], [name=password]')) input.value = 'typed';
            form.requestSubmit();
            const label = () => form.querySelector('[type=submit]').textContent, labels = [label()];
            page.dispatchEvent(new Event('DOMContentLoaded'));
            return ended.then(() => new Promise(done => setTimeout(done))).then(() => {
                const shown = ['unsupported', 'broken'].filter(id => !page.getElementById(id).hidden).join();
                form.requestSubmit();
                labels.push(label());
                const outcome = [shown, sent.length, labels, page.activeElement.closest('[role=alert]')?.id];
                frame.remove();
                return outcome.join();
            });
        ";
        let refuse = format!("win.WebAssembly.compileStreaming = () => {refusal};");
        let outcome = run(&[OPEN, &refuse, RUN, code].concat());
        let outcome = JsFuture::from(js_sys::Promise::from(outcome)).await.unwrap();
        // The page has sent the first submit before it knew. After the message it sends nothing, and the form leads to the message.
        assert_eq!(outcome.as_string().unwrap(), format!("{shown},1,Signing in…,Sign in,{shown}"), "{refusal}");
    }
}

#[wasm_bindgen_test]
fn a_change_of_the_language_keeps_the_typed_text_before_the_app_runs() {
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/orders")).unwrap();
    let outcome = in_frame(
        "form.username.value = 'ada@example.com';
        form.password.value = 'secret';
        page.querySelector('footer [value=de]').click();
        const outcome = sessionStorage.getItem('storefront.typed');
        sessionStorage.removeItem('storefront.typed');
        document.cookie = 'language=;path=/;max-age=0';
        frame.remove();
        return outcome;",
    );
    // The app shows the form at this path.
    let fields = r#"{"id":"username","value":"ada@example.com","checked":false},{"id":"keep","value":"on","checked":true}"#;
    assert_eq!(outcome, format!(r#"{{"path":"/login","fields":[{fields}]}}"#));
}

#[wasm_bindgen_test]
fn the_language_is_in_the_cookie_that_the_server_reads() {
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/login")).unwrap();
    // The cookie is read where it is written: another document may see it late.
    let chosen = in_frame(
        "page.querySelector('footer [value=de]').click();
        const chosen = page.cookie.split('; ').filter(it => it.startsWith('language=')).join();
        frame.remove();
        return chosen;",
    );
    let seen = in_frame(
        "const seen = page.documentElement.lang;
        document.cookie = 'language=;path=/;max-age=0';
        frame.remove();
        return seen;",
    );
    assert_eq!((chosen.as_str(), seen.as_str()), ("language=de", "de"));
}

/// The frame has no URL to load again, so a reload leaves it without its page.
#[wasm_bindgen_test]
async fn a_page_from_the_back_forward_cache_takes_the_language_that_another_page_has_chosen() {
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/login")).unwrap();
    for (chosen, expected) in [("", "no reload"), ("language=fr", "ada@example.com")] {
        let steps = format!(
            "form.username.value = 'ada@example.com';
            page.cookie = '{chosen};path=/'; // a cookie of another document may be read late
            win.dispatchEvent(new win.PageTransitionEvent('pageshow', {{ persisted: true }}));
            const kept = sessionStorage.getItem('storefront.typed');
            sessionStorage.removeItem('storefront.typed');
            page.cookie = 'language=;path=/;max-age=0';
            frame.remove();
            return kept ? JSON.parse(kept).fields[0].value : 'no reload';"
        );
        assert_eq!(in_frame(&steps), expected, "{chosen:?}");
    }
}

#[wasm_bindgen_test]
fn a_click_on_a_button_of_the_servers_content_is_held() {
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/")).unwrap();
    let outcome = in_frame(
        "const button = page.createElement('button');
        Object.assign(button, { type: 'button', name: 'add', value: 'Adding…', textContent: 'Add to cart' });
        page.body.append(button);
        button.click();
        const outcome = ['held' in button.dataset, button.textContent, button.ariaDisabled].join();
        frame.remove();
        return outcome;",
    );
    assert_eq!(outcome, "true,Adding…,true");
}

#[wasm_bindgen_test]
fn an_address_of_another_kind_asks_for_nothing_after_an_early_sign_in() {
    for (next, expected) in [("/cart", "/api/load-shopping-cart"), ("constructor", "undefined"), ("/nowhere", "undefined")] {
        forget_everything();
        let address = format!("/login?next={next}");
        window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some(&address)).unwrap();
        let asked = in_frame(
            "for (const input of form.querySelectorAll('[name=username], [name=password]')) input.value = 'typed';
            form.requestSubmit();
            frame.remove();
            return String(sent[0][4]);",
        );
        assert_eq!(asked, expected, "{next}");
    }
}

/// The app sends both in these forms, and takes over only a sign-in that is the same.
#[wasm_bindgen_test]
fn the_email_and_the_password_are_sent_in_one_form() {
    forget_everything();
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/login")).unwrap();
    let sent = in_frame(
        r"const [username, password] = form.querySelectorAll('[name=username], [name=password]');
        username.value = 'typed';
        password.value = 'gru\u0308n';
        form.requestSubmit();
        frame.remove();
        return `${sent[0][2]} ${sent[0][3]}`;",
    );
    assert_eq!(sent, "email of typed gr\u{fc}n");
}

#[wasm_bindgen_test]
fn typing_into_the_form_of_the_app_loads_the_drawings_once() {
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/login")).unwrap();
    let loads = in_frame(
        "page.body.append(form);
        const observer = new win.MutationObserver(() => {});
        observer.observe(page.querySelector('#drawings'), { attributes: true });
        for (const key of 'ab') form.querySelector('input').dispatchEvent(new win.Event('input', { bubbles: true }));
        const { length } = observer.takeRecords();
        frame.remove();
        return String(length);",
    );
    assert_eq!(loads, "1");
}

/// Opens the cart of a user for whom the page has sent the first request. The test controls the answer and the timers. The page has an
/// application of its own, because browsers can deliver storage events of earlier tests late. The frame itself writes the session: the
/// page would take another window's write for a sign-in in another tab.
const RETURN: &str = r"
    // Also the event of `clear`, which names no key.
    win.addEventListener('storage', event => event.stopImmediatePropagation());
    win.localStorage.setItem('fusionauth.session.return', JSON.stringify({ session: {} }));
    if (isSent) files.styles = 'data:text/css,';
    const inTask = win.setTimeout.bind(win), timers = [];
    win.setTimeout = (run, ms) => ms ? timers.push(run) : inTask(run);
    const reply = {}, text = new Promise((resolve, reject) => Object.assign(reply, { resolve, reject }));
    win.fusionauthEarly.get = (id, url, headers, show) => {
        text.then(it => show(it, 'shopper', () => true)).catch(() => {});
        return isSent ? Promise.resolve({ text: () => text }) : undefined;
    };
    win.earlyCart = () => order.push('cart');
    const compiled = new Promise(done => {
        const { compileStreaming } = win.WebAssembly;
        win.WebAssembly.compileStreaming = it => compileStreaming(it).finally(done);
    });
    const started = new Promise(done => win.addEventListener('TrunkApplicationStarted', done));
";

/// Waits until the app could start, does `event`, waits for the app, and returns what happened before the event and in all, what the page
/// preloaded while it was parsed, and the drawings.
const START: &str = r"
    const preloaded = page.querySelector('[rel=preload]')?.as;
    page.dispatchEvent(new Event('DOMContentLoaded'));
    return (async () => {
        await Promise.all([compiled, win.eval(`import('${script.dataset.js}')`)]);
        for (let task = 0; task < 3; task++) await new Promise(done => inTask(done));
        const before = order.join(' ');
        event();
        await started;
        win.localStorage.removeItem('fusionauth.session.return');
        frame.remove();
        return `${before}, ${order.join(' ')}, ${preloaded}, ${page.querySelector('#drawings').href.baseVal}`;
    })();
";

#[wasm_bindgen_test]
async fn the_app_starts_when_the_page_has_shown_the_cart_or_cannot_show_it() {
    window().unwrap().history().unwrap().replace_state_with_url(&JsValue::NULL, "", Some("/cart")).unwrap();
    for (is_sent, event, expected) in [
        (true, "reply.resolve('')", ", cart app, style, /assets/products.svg#none"),
        (true, "reply.reject()", ", app, style, /assets/products.svg#none"),
        (true, "timers.forEach(it => it())", ", app, style, /assets/products.svg#none"),
        (false, "null", "app, app, undefined, "),
    ] {
        let constants = format!("index = index.replace('{APPLICATION}', 'return'); const isSent = {is_sent}, event = () => {event};");
        let order = JsFuture::from(js_sys::Promise::from(run(&[&constants, OPEN, RETURN, RUN, START].concat()))).await.unwrap();
        assert_eq!(order.as_string().unwrap(), expected, "{event}");
    }
}
