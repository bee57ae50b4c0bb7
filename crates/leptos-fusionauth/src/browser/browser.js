// What a session needs of the browser, as far as that is promises and events: a few lines each here, a state machine each in
// WebAssembly. Nothing is decided here.

/** Settles as the promise does, which runs on; rejected with `undefined` where that takes longer. */
export const within = (ms, promise) => {
    let timer;
    const over = new Promise((_, reject) => timer = setTimeout(reject, ms));
    return Promise.race([promise, over]).finally(() => clearTimeout(timer));
};

/** JSON, or `undefined`. */
const parse = (text) => {
    try {
        return JSON.parse(text);
    } catch {}
};

/** The payload of a JWT, which is base64url without padding, as JSON; `undefined` if it is no readable one. */
export const payload = (token) => {
    const segments = token.split(".");
    if (segments.length !== 3) return;
    try {
        const bytes = atob(segments[1].replaceAll("-", "+").replaceAll("_", "/"));
        return parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes, (it) => it.charCodeAt())));
    } catch {}
};

/** A request for of a cross-tab lock (Web Locks), then the lock: held until `leave`, also when the tab dies.
 *  `granted` is what the last holder left in `notes`, if that can be read, or else an empty list; `undefined` where locks are missing
 *  or refused (plain http on a network name, blocked cookies), where the wait was over, and where the queue was left. */
export const lock = (name, ms, notes) => {
    let release;
    const held = new Promise((resolve) => release = resolve);
    const queue = new AbortController();
    // Without leaving the queue, a frozen page would be granted the lock and could not give it back.
    const leave = () => {
        release();
        queue.abort();
    };
    const asked = new Promise((granted, refused) =>
        navigator.locks.request(name, { signal: queue.signal }, () => {
            granted();
            return held;
        }).catch(refused));
    return { leave, granted: within(ms, asked).then(notes.read, leave) };
};

/** Some numbers in IndexedDB, whose reads the lock orders in every engine. Opening it and using it take a millisecond each; the
 *  limit is for a browser in which they never end. Where it is missing, blocked or slow, or without a name, nothing is read or written. */
export const lockNotes = (name) => {
    const STORE = "order", LIMIT_MS = 500;
    let database;
    const settled = (it) => within(LIMIT_MS, new Promise((done, failed) => {
        it.onsuccess = it.oncomplete = done;
        it.onerror = it.onabort = it.onblocked = failed;
    }));
    const open = async () => {
        const request = name && indexedDB.open(name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        await settled(request);
        return request.result;
    };
    const store = async (mode) => (database ??= await open()).transaction(STORE, mode).objectStore(STORE);
    return {
        read: async () => {
            try {
                const request = (await store("readonly")).get(STORE);
                await settled(request);
                return [].concat(request.result ?? []);
            } catch {
                return [];
            }
        },
        write: async (...numbers) => {
            try {
                const { transaction } = (await store("readwrite")).put(numbers, STORE);
                // Otherwise the browser asks the page whether more comes, which may be frozen by then, and others wait for it.
                transaction.commit();
                await settled(transaction);
            } catch {
                // A connection that the browser has closed is opened anew the next time.
                database = undefined;
            }
        },
        close: () => {
            database?.close();
            database = undefined;
        },
    };
};

const refusing = new Set();
let refusingOf;

/** Whether a URL is known as one whose 401 means "forbidden". `refuses` says whether it is one from now on; without it nothing changes.
 *  An application has a handful of them, but ids in paths could make more. They count for one sign-in. */
export const forbidden = (epoch, url, refuses) => {
    const path = url.split("?")[0];
    if (refusingOf !== epoch || refusing.size > 16) refusing.clear();
    refusingOf = epoch;
    const known = refusing.has(path);
    if (refuses) refusing.add(path);
    else if (refuses === false) refusing.delete(path);
    return known;
};

/** The origin of an address as `fetch` would resolve it: empty for the page's own, "null" for what is no address. */
export const foreignOrigin = (url) => {
    try {
        const { origin } = new URL(url, document.baseURI);
        return origin === location.origin ? "" : origin;
    } catch {
        return "null";
    }
};

/** A request. `token`: an access token. `cookies`: they go along, to another origin, too. `outlives`: it survives the page.
 *  So does a write that says what holds afterwards, or that carries an idempotency key. Browsers refuse it for 64 KiB and more. */
export const request = (outlives, method, url, body, headers, token, tenant, key, cookies, signal) => {
    const isText = typeof body === "string", all = new Headers(headers);
    const set = (name, value) => value && all.set(name, value);
    set("Content-Type", isText && !all.has("Content-Type") && "application/json");
    set("Authorization", token && `Bearer ${token}`);
    set("X-FusionAuth-TenantId", tenant);
    set("Idempotency-Key", key);
    return new Request(url, {
        method,
        body,
        signal,
        headers: all,
        keepalive: outlives || (!!key || method === "PUT" || method === "DELETE") && (!body || isText && body.length <= 16_000),
        credentials: cookies ? "include" : "same-origin",
    });
};

/** What was read in full: its status, `Retry-After` in milliseconds, and its JSON; `null` if it is empty, `undefined` if it is something
 *  else. */
const read = async (response) => {
    const pause = response.headers.get("Retry-After"), text = await response.text();
    return [response.status, /^\d+$/.test(pause) ? pause * 1000 : undefined, text ? parse(text) : null];
};

/** The body of an answer, by one of the methods of `Response`; rejected with `null` where JSON is wanted and is not there. */
export const body = async (response, how) => {
    if (how !== "json") return response[how]();
    const value = parse(await response.text());
    if (value === undefined) throw null;
    return value;
};

/** Sends a request. `answer` is its Response, or with `whole` what was read of it; `read` reads the body of that Response. Both have to be
 *  done `ms` after the request was sent. */
export const send = (ms, whole, outlives, ...wanted) => {
    const controller = new AbortController(), end = performance.now() + ms;
    const limited = (promise) => within(end - performance.now(), promise);
    const answer = async () => {
        const response = await fetch(request(outlives, ...wanted, controller.signal));
        return whole ? read(response) : response;
    };
    return {
        answer: limited(answer()),
        read: (response, how) => limited(body(response, how)),
        abort: () => outlives || controller.abort(),
        signal: controller.signal,
    };
};

const HEARD = ["storage", "visibilitychange", "pageshow", "pagehide", "online"];

/** Tells what happens to the page, by the numbers of `PageEvent`, until `stop`. `wake` sets the one timer anew; 0 clears it. */
export const listen = (key, tell) => {
    const hear = (event) => {
        switch (event.type) {
            case "storage":
                return (event.key ?? key) === key && tell(0, event.newValue);
            case "visibilitychange":
                return tell(document.hidden ? 2 : 1);
            case "pageshow":
                return event.persisted && tell(4);
            case "pagehide":
                return tell(3);
            default: // Back online; a hidden page looks again when it is shown.
                return document.hidden || tell(1);
        }
    };
    HEARD.forEach((name) => addEventListener(name, hear));
    let timer;
    const wake = (ms) => {
        clearTimeout(timer);
        timer = ms && setTimeout(() => tell(5), ms);
    };
    const stop = () => {
        wake(0);
        HEARD.forEach((name) => removeEventListener(name, hear));
    };
    return { wake, stop };
};
