// The part of the session's browser code that consists of promises and event handlers. Each of them takes a few lines here and would be
// a state machine in WebAssembly. This file decides nothing; the decisions are made in Rust.

/** Settles as `promise` does, but is rejected with `undefined` after `ms`. The promise itself is not cancelled. */
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

// The mark of a browser session: a cookie on the page's own host that the browser forgets when it is closed. Scripts set and read it, so it
// proves nothing to anybody but this page. No other host of the domain can set a cookie with the prefix; WebKit refuses it, and `Secure`, over
// plain http. `early.js` makes the same name.
const isSecure = location.protocol === "https:";
const mark = (key) => `${isSecure ? "__Host-" : ""}${key}=`;

/** Whether the sign-ins of this browser session, in the application with this key of local storage, end with the browser. */
export const isMarked = (key) => document.cookie.includes(mark(key));

/** Sets the mark, or deletes it. */
export const setMark = (key, isSet) =>
    document.cookie = `${mark(key)}1; Path=/; SameSite=Lax${isSecure ? "; Secure" : ""}${isSet ? "" : "; Max-Age=0"}`;

/** Requests a cross-tab lock (Web Locks), or takes over the one that `early.js` holds. The lock is held until
 *  `release` is called or the tab dies.
 *  `granted` resolves to the note that the previous holder left in `notes`, or to an empty list if no note can be read. It resolves to
 *  `undefined` if the lock is not held: because the browser has no locks or refuses them (plain http, blocked cookies), because the wait
 *  took longer than `ms`, or because `release` was called. */
const requestLock = (name, ms, notes) => {
    const early = self.fusionauthEarly?.lock?.(name);
    if (early) {
        notes.use(early.database);
        return early;
    }
    let resolveHeld;
    const held = new Promise((resolve) => resolveHeld = resolve);
    const queue = new AbortController();
    // The request is also taken out of the queue. Otherwise a frozen page would be granted the lock and could not release it.
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

/** A list of numbers in IndexedDB. Every engine orders its reads by the cross-tab lock, which is not true of local storage.
 *  The first use of the database takes 27 ms in Chromium, 70 ms on a CPU four times slower, so it is opened when the browser is idle and a
 *  sign-in does not wait for it. Later uses take about a millisecond; the time limit is for a browser in which that never ends. If IndexedDB is missing,
 *  blocked or slow, or if `name` is empty, nothing is read or written. */
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
    // The note has to survive the end of a tab, not a power failure, so it need not wait for the disk.
    const store = async (mode) => (await (connection ??= open())).transaction(STORE, mode, { durability: "relaxed" }).objectStore(STORE);
    // WebKit has no `requestIdleCallback`, and opens the database at its first use. A timer in its place would run before the page is idle.
    const warmUp = globalThis.requestIdleCallback?.(() => {
        store("readonly").catch(close);
        // This connects the page to the browser's lock manager, and takes no lock that another tab may want.
        navigator.locks?.query().catch(() => {});
    });
    // Also after a failure: the browser may have closed the connection, so the next use opens a new one.
    const close = () => {
        globalThis.cancelIdleCallback?.(warmUp);
        connection?.then((database) => database.close(), () => {});
        connection = undefined;
    };
    return {
        /** Goes on with a connection that is open. */
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
                // Without `commit` the browser first asks the page for more requests. A page that is frozen by then does not
                // answer, and other tabs would wait for it.
                transaction.commit();
                await completion(transaction);
            } catch {
                close();
            }
        },
        close,
    };
};

/** The origin of a URL as `fetch` resolves it: empty if it is the page's own, "null" if the URL is invalid. */
export const foreignOrigin = (url) => {
    try {
        const { origin } = new URL(url, document.baseURI);
        return origin === location.origin ? "" : origin;
    } catch {
        return "null";
    }
};

/** The request of `early.js`, if it has sent the one with these options: an AbortController with the promise `answer`. */
export const takeEarly = (...options) => self.fusionauthEarly?.take(...options);

/** A timer: `over` resolves after `ms`, or as soon as `end` is called. */
export const timer = (ms) => {
    const timer = {};
    timer.over = new Promise((resolve) => {
        const id = setTimeout(resolve, ms);
        timer.end = () => resolve(clearTimeout(id));
    });
    return timer;
};

/** The cross-tab lock of a page. `onSettled` is called with 0 if the lock is held, 1 if the tab that held it before died during a request,
 *  and 2 if it will not be held; it is not called if the wait was given up. */
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
        /** A number of the note that the previous holder left. */
        note: (at) => note[at],
        /** Notes that a request is under way. `early.js` has noted that of the lock that it has taken. */
        begin: async () => {
            isSent = true;
            if (!held.database) await notes.write([...note.slice(0, 3), 1]);
        },
        /** Frees the lock. If a request was sent under it, first leaves this version for the next holder. */
        unlock: async (...version) => {
            const mine = held;
            if (isSent) {
                mine.isEnding = true;
                await notes.write([...version, 0]);
            }
            mine.release();
        },
        /** Frees the lock at once, or stops waiting for it, and closes the database: a page in the back/forward cache may keep neither. */
        leave,
        /** As `leave`, but a lock whose last note is being written is freed after that. */
        stop: () => {
            if (held?.isEnding) held = undefined;
            leave();
        },
    };
};

const PAGE_EVENTS = ["storage", "visibilitychange", "pageshow", "pagehide", "online"];

/** Calls `onEvent` with the number of a `PageEvent`, until `stop` is called. `wake` replaces the one timer; 0 clears it. The rest is the
 *  cross-tab lock of this name. */
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
            // "online"; a hidden page is resumed when it is shown.
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
