// The promises and event handlers of the session's browser code. They are in JavaScript, because each takes a few lines here and would
// compile to a whole state machine in WebAssembly. This file decides nothing; the Rust code decides.

/** Returns a promise that settles like `promise`, but is rejected with `undefined` after `ms`. `promise` itself is not cancelled. */
const within = (ms, promise) => {
    let timer;
    const timeout = new Promise((_, reject) => timer = setTimeout(reject, ms));
    return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
};

/** The payload of a JWT as a value, or `undefined` if the token is malformed. The payload is JSON in base64url without padding. */
export const payload = (token) => {
    const segments = token.split(".");
    if (segments.length !== 3) return;
    try {
        const binary = atob(segments[1].replaceAll("-", "+").replaceAll("_", "/"));
        return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (char) => char.charCodeAt())));
    } catch {}
};

// The mark that a sign-in must end when the browser is closed: a session cookie on the page's own host. Any script of the page can set and
// read it, so it proves nothing to a server. The prefix keeps other hosts of the domain from setting it. Over plain http the cookie has
// neither the prefix nor `Secure`, because WebKit would refuse the cookie. `early.js` reads the cookie by the same name.
const isSecure = () => location.protocol === "https:";
const mark = (key) => `${isSecure() ? "__Host-" : ""}${key}=`;

/** Whether the mark is set for the application with this key of local storage. */
export const isMarked = (key) => document.cookie.includes(mark(key));

/** Sets the mark, or deletes it. */
export const setMark = (key, isSet) =>
    document.cookie = `${mark(key)}1; Path=/; SameSite=Lax${isSecure() ? "; Secure" : ""}${isSet ? "" : "; Max-Age=0"}`;

/** Requests a cross-tab lock (Web Locks), or takes over the lock that `early.js` holds. The page holds the lock until it calls
 *  `release` or the tab dies.
 *  `granted` resolves to the note that the previous holder left in `notes`, or to an empty list if no note can be read. It resolves to
 *  `undefined` if the page does not get the lock, because the browser has no locks or refuses them (plain http, blocked cookies), because
 *  the wait took longer than `ms`, or because the page called `release`. */
const requestLock = (name, ms, notes) => {
    const early = self.fusionauthEarly?.lock?.(name);
    if (early) {
        notes.use(early.database);
        return early;
    }
    let resolveHeld;
    const held = new Promise((resolve) => resolveHeld = resolve);
    const queue = new AbortController();
    // `abort` takes the request out of the queue. Otherwise a frozen page would be granted the lock and could not release it.
    const release = () => {
        resolveHeld();
        queue.abort();
    };
    const grant = new Promise((resolve, reject) =>
        navigator.locks.request(name, { signal: queue.signal }, () => {
            resolve();
            return held;
        }).catch(reject));
    return { release, granted: within(ms, grant).then(notes.read, release) };
};

/** The note of the lock: a list of four numbers in IndexedDB. The first three are the session version; the fourth says whether a request is
 *  under way. The note is in IndexedDB because there, in every engine, a tab that gets the lock reads what the previous holder wrote. Local
 *  storage does not guarantee that. The first use of the database takes 27 ms in Chromium, 70 ms on a CPU four times slower. So the page
 *  opens the database when the browser is idle, and a sign-in does not wait for it. Later uses take about a millisecond; the time limit is
 *  for a browser in which they never end. If IndexedDB is missing, blocked or slow, or if `name` is empty, nothing is read or written. */
const lockNotes = (name) => {
    const STORE = "order", LIMIT_MS = 500;
    let connection;
    const completion = (request) => within(LIMIT_MS, new Promise((resolve, reject) => {
        request.onsuccess = request.oncomplete = resolve;
        request.onerror = request.onabort = request.onblocked = reject;
    }));
    const open = async () => {
        const request = name && indexedDB.open(name, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        await completion(request);
        return request.result;
    };
    // A write does not wait for the disk, because the note must survive the end of a tab, but not a power failure.
    const store = async (mode) => (await (connection ??= open())).transaction(STORE, mode, { durability: "relaxed" }).objectStore(STORE);
    // Without `requestIdleCallback` (WebKit) the first use opens the database. A timer could not replace the callback, because it would
    // fire before the page is idle.
    const warmUp = globalThis.requestIdleCallback?.(() => {
        store("readonly").catch(close);
        // The query connects the page to the browser's lock manager, without taking a lock that another tab may want.
        navigator.locks?.query().catch(() => {});
    });
    // Every failure closes the connection, because the browser may have closed it already. The next use opens a new one.
    const close = () => {
        globalThis.cancelIdleCallback?.(warmUp);
        connection?.then((database) => database.close(), () => {});
        connection = undefined;
    };
    return {
        /** Continues with a connection that is already open. */
        use: (database) => {
            close();
            connection = Promise.resolve(database);
        },
        read: async () => {
            try {
                const request = (await store("readonly")).get(STORE);
                await completion(request);
                return [].concat(request.result ?? []);
            } catch {
                close();
                return [];
            }
        },
        write: async (numbers) => {
            try {
                const { transaction } = (await store("readwrite")).put(numbers, STORE);
                // Without `commit` the browser first asks the page for more requests. A page that was frozen in between would
                // not answer, and other tabs would wait for it.
                transaction.commit();
                await completion(transaction);
            } catch {
                close();
            }
        },
        close,
    };
};

/** The page's origin, such as `https://shop.example.com:8443`. */
export const origin = () => location.origin;

/** The browser's description of itself, as in the header `User-Agent`. */
export const userAgent = () => navigator.userAgent;

/** The origin of a URL as `fetch` resolves it: empty if it is the page's own, "null" if the URL is invalid. */
export const foreignOrigin = (url) => {
    try {
        const { origin } = new URL(url, document.baseURI);
        return origin === location.origin ? "" : origin;
    } catch {
        return "null";
    }
};

/** An AbortController with a request that has these options: with the promise `answer` if `early.js` has sent the request, and otherwise
 *  with the `request` to send. A text as `body` is JSON. `headers` are pairs of name and value, or `undefined`. */
export const prepare = (method, url, body, headers, token, tenant, idempotencyKey, hasCookies, keepalive) => {
    const early = self.fusionauthEarly?.take(method, url, body, headers, token, tenant, idempotencyKey, hasCookies);
    if (early) return early;
    const controller = new AbortController(), all = new Headers(headers);
    if (typeof body === "string" && !all.has("Content-Type")) all.set("Content-Type", "application/json");
    if (token) all.set("Authorization", `Bearer ${token}`);
    if (tenant) all.set("X-FusionAuth-TenantId", tenant);
    if (idempotencyKey) all.set("Idempotency-Key", idempotencyKey);
    const credentials = hasCookies ? "include" : "same-origin", { signal } = controller;
    // WebKit aborts the transfer by way of the request's own signal, which it forgets with the request. So the controller's signal keeps the
    // request until the answer is read.
    controller.request = signal.request = new Request(url, { method, headers: all, body, signal, credentials, keepalive });
    return controller;
};

/** A timer: `over` resolves after `ms`, or as soon as `end` is called. */
export const timer = (ms) => {
    const timer = {};
    timer.over = new Promise((resolve) => {
        const id = setTimeout(resolve, ms);
        timer.end = () => resolve(clearTimeout(id));
    });
    return timer;
};

/** The cross-tab lock of a page. It calls `onSettled` with 0 if the page got the lock, with 1 if the page got the lock and the previous
 *  holder died during a request, and with 2 if the page did not get the lock. It does not call `onSettled` after `leave` or `stop`. */
const pageLock = (name, onSettled) => {
    const notes = lockNotes(name);
    let queued, held, note, isSent;
    const leave = () => {
        queued?.release();
        held?.release();
        queued = held = undefined;
        notes.close();
    };
    return {
        lock: (ms) => {
            queued?.release();
            const mine = queued = requestLock(name, ms, notes);
            mine.granted.then((found) => {
                if (mine !== queued) return;
                queued = isSent = undefined;
                held = found && mine;
                note = found?.length === 4 ? found : [0, 0, 0, 0];
                onSettled(found ? +!!note[3] : 2);
            });
        },
        /** One number of the note that the previous holder left. */
        note: (at) => note[at],
        /** Writes the note that a request is under way. If `early.js` took the lock, it has already written the note. */
        begin: async () => {
            isSent = true;
            if (!held.database) await notes.write([...note.slice(0, 3), 1]);
        },
        /** Frees the lock. If the page called `begin` while it held the lock, first stores this version for the next holder. */
        unlock: async (...version) => {
            const mine = held;
            if (isSent) {
                mine.isEnding = true;
                await notes.write([...version, 0]);
            }
            mine.release();
        },
        /** Frees the lock at once, or stops waiting for it, and closes the database. A page in the back/forward cache must keep neither. */
        leave,
        /** Like `leave`, but if `unlock` is still writing its version, the lock is freed after the write. */
        stop: () => {
            if (held?.isEnding) held = undefined;
            leave();
        },
    };
};

const PAGE_EVENTS = ["storage", "visibilitychange", "pageshow", "pagehide", "online"];

/** Calls `onEvent` with the number of a `PageEvent`, until `stop` is called. The returned object also has `wake`, which sets the page's one
 *  timer (0 clears it), and the functions of the cross-tab lock with the name `key`. */
export const listen = (key, onEvent) => {
    const lock = pageLock(key, (state) => onEvent(5 + state));
    const handle = (event) => {
        switch (event.type) {
            case "storage":
                return (event.key ?? key) === key && onEvent(0, event.newValue);
            case "visibilitychange":
                return onEvent(document.hidden ? 2 : 1);
            case "pageshow":
                return event.persisted && onEvent(4);
            case "pagehide":
                return onEvent(3);
            // This is "online". A hidden page is resumed when it becomes visible.
            default:
                return document.hidden || onEvent(1);
        }
    };
    PAGE_EVENTS.forEach((type) => addEventListener(type, handle));
    let timer;
    const wake = (ms) => {
        clearTimeout(timer);
        timer = ms && setTimeout(() => onEvent(8), ms);
    };
    const stop = () => {
        wake(0);
        PAGE_EVENTS.forEach((type) => removeEventListener(type, handle));
        lock.stop();
    };
    return { ...lock, wake, stop };
};
