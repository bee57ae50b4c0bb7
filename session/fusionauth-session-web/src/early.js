// The early script sends requests before the page's WebAssembly has loaded. It is a classic script that the page runs before its own:
// `fusionauthEarly.get(applicationId, url)` sends one GET with the stored access token. `fusionauthEarly.signIn(…)` sends the sign-in of a
// submitted form, under the cross-tab lock. `fusionauthEarly.expect(applicationId)` takes that lock while the user types. The session takes
// over the lock and the requests instead of repeating them. If the session would send a different request, it aborts the early request.
// Before the takeover, a page may show the answer to the GET, while `fusionauthEarly.user(applicationId)` is the user of the token that
// fetched it. The README explains the use, and DESIGN.md of fusionauth-session explains why the script is safe.
globalThis.fusionauthEarly = (() => {
    /** How long a GET waits for the session to take it over, in milliseconds. It is also the default time limit of a session's request. */
    const LIMIT_MS = 15_000;
    /** How long a sign-in waits for its answer and then for the session, together. */
    const SIGN_IN_LIMIT_MS = 20_000;
    /** How long the script keeps the lock after the last keystroke, and how often it checks whether another tab waits for the lock. */
    const EXPECT_LIMIT_MS = 3_000, LOOK_MS = 200;
    /** The name of the note's object store, and the note's key there. */
    const STORE = "order";

    /** An email without what people copy with it, as `typed::email` of `fusionauth-api` removes it. */
    const copied = (text) => !text.includes("@") ? text : text.replace(/^.*[<\u2039](?=.*@)/s, "")
        .replace(/[\p{space},;.>\u203a\uff0e\u3002\uff61\uff0c\uff1b]+$/u, "").replace(/^\p{space}*(mailto:\p{space}*)*/iu, "")
        .replace(/@([^@.,]*),([^@.,]*)$/, "@$1.$2");

    /** The GET, the lock for a sign-in that is expected, and the sign-in that was sent. Each variable is empty again once the session has
     *  taken over its value. */
    let early, expected, signIn;
    const drop = () => {
        early?.abort();
        early = undefined;
    };
    const free = (lock) => {
        if (!lock) return;
        lock.isOver = true;
        lock.end();
        lock.database?.close();
    };
    /** Aborts the sign-in and the GET with its token, and forgets the password. Frees the lock, unless the session has taken it over. */
    const dropSignIn = () => {
        const dropped = signIn;
        free(expected);
        signIn = expected = undefined;
        if (!dropped) return;
        drop();
        clearTimeout(dropped.timer);
        dropped.abort();
        free(dropped.lock);
    };
    addEventListener("pagehide", dropSignIn);

    const key = (applicationId) => `fusionauth.session.${applicationId}`;

    /** The record in storage or in `text`. It throws if the session would not accept the record. */
    const record = (name, text = localStorage.getItem(name)) => {
        const it = JSON.parse(text) ?? { format: 1, epoch: { number: 0, nonce: 0 } };
        if (it.format !== 1 || it.epoch.number >= 4e9) throw null;
        return it;
    };

    const claimsOf = (token) => JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));

    /** The stored token, if the session would send it without renewing it in the background. The rules are those of `fusionauth-session`
     *  with the margins of `Tuning::DEFAULT`. A test checks that the script and the session agree. */
    const freshToken = (applicationId) => {
        const name = key(applicationId), { untilClosed, session: { sub, token, receivedAt } } = record(name);
        // The browser was closed since this sign-in, so the session will end it. `browser.js` uses the same name for the cookie.
        const mark = `${location.protocol === "https:" ? "__Host-" : ""}${name}=`;
        if (untilClosed && !document.cookie.includes(mark)) return;
        const claims = claimsOf(token);
        const life = Math.trunc((claims.exp - claims.iat) * 1000), age = Date.now() - receivedAt;
        // A receipt more than a second in the future means that the clock was set back. Then the token's age is unknown.
        const isFresh = age >= -1000 && life - Math.max(age, 0) > Math.min(60_000, life / 5);
        // Without `iat`, which could also be `null`, the life of the token is unknown.
        const isOurs = claims.iat > 0 && claims.sub === sub && [].concat(claims.aud).includes(applicationId);
        return isFresh && isOurs && token;
    };

    /** Whether nobody is signed in and no logout is pending, so that the session would send a sign-in first. If the note is newer than the
     *  record, local storage does not show another tab's newest record yet. */
    const isNobody = (name, [number, nonce, generation]) => {
        const { epoch, session, logoutPending } = record(name);
        const isNewer = (number - epoch.number || nonce - epoch.nonce || generation - 1) > 0;
        return !session && !logoutPending && !isNewer;
    };

    const sendGet = (url, token, headers, show) => {
        const mine = early = Object.assign(new AbortController(), { url, token, headers, timer: setTimeout(drop, LIMIT_MS) });
        early.answer = fetch(url, { headers: [...headers ?? [], ["Authorization", `Bearer ${token}`]], signal: early.signal }).then((response) => {
            // The clone's text is read while the WebAssembly loads or renders. The response can still be read in another form.
            const text = response.clone().text();
            // After the session has taken over the request, the application shows the data.
            text.then((text) => early === mine && response.status === 200 && show?.(text, claimsOf(token).sub, () => early === mine)).catch(() => {});
            return Object.assign(response, { text: () => text });
        });
        // Without an answer, the session sends its own request.
        early.answer.catch(drop);
        return mine.answer;
    };

    const completion = (request) => new Promise((resolve, reject) => {
        request.onsuccess = request.oncomplete = () => resolve(request.result);
        request.onerror = request.onabort = request.onblocked = reject;
    });

    const notes = ({ database }) => database.transaction(STORE, "readwrite", { durability: "relaxed" }).objectStore(STORE);

    const write = async (store, note) => {
        const { transaction } = store.put(note, STORE);
        transaction.commit();
        await completion(transaction);
    };

    /** Opens the note's database, and writes the note that a request is under way, as the session does before it sends a request. */
    const prepare = async (lock) => {
        const opening = indexedDB.open(lock.name, 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
        lock.database = await completion(opening);
        const store = notes(lock);
        lock.note = [].concat((await completion(store.get(STORE))) ?? []);
        if (lock.isOver || !isNobody(lock.name, lock.note)) throw null;
        const [number = 0, nonce = 0, generation = 0] = lock.note;
        await write(store, [number, nonce, generation, 1]);
        if (lock.isOver) throw null;
        lock.isReady = true;
    };

    /** Takes the lock and prepares it, unless another tab holds it. If it cannot take or prepare the lock, `ready` is rejected. */
    const acquire = (name) => {
        const lock = { name }, end = new Promise((resolve) => lock.end = resolve);
        lock.ready = (async () => {
            let done;
            const prepared = new Promise((resolve) => done = resolve);
            // This throws if the browser has no locks. Otherwise the promise settles when the lock is free again.
            const request = navigator.locks.request(name, { ifAvailable: true }, (held) => {
                if (!held) throw null;
                done(prepare(lock));
                return end;
            });
            await Promise.race([prepared, request]);
        })();
        lock.ready.catch(() => free(lock));
        return lock;
    };

    /** Keeps the lock until a sign-in takes it. Frees it if the user stops typing, the page is hidden, or another tab waits for it. */
    const keep = async (lock) => {
        const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        const isWanted = async () => {
            const { pending } = await navigator.locks.query();
            return !document.hidden && performance.now() < lock.until && pending.every((it) => it.name !== lock.name);
        };
        do await pause(); while (lock === expected && await isWanted().catch(() => false));
        if (lock !== expected) return;
        expected = undefined;
        // No request was sent, so the script restores the previous note for the next holder. It does not wait for a slow database.
        try {
            if (lock.isReady) await Promise.race([write(notes(lock), lock.note), pause()]);
        } catch {}
        free(lock);
    };

    const sendSignIn = async (mine, dataUrl, dataHeaders, show) => {
        const { url, body, signal, lock } = mine;
        // With a ready lock, the request is sent in this task, before the session asks for the lock.
        if (!lock.isReady) await lock.ready;
        if (signIn !== mine || !isNobody(lock.name, lock.note)) throw null;
        mine.answer = fetch(url, { method: "POST", body, signal, headers: { "Content-Type": "application/json" }, credentials: "include" })
            .then(async (response) => {
                const { status, headers } = response, text = await response.text();
                // The GET is sent before the session gets the answer, because the session then renders, and the GET would wait for that.
                try {
                    const { token } = dataUrl && status === 200 ? JSON.parse(text) : {};
                    if (token) sendGet(dataUrl, token, dataHeaders, show);
                } catch {}
                return { status, headers, text: async () => text };
            });
        await mine.answer;
    };

    return {
        /** Sends a GET of `url`, a URL of the page's own origin exactly as the application will write it, with these headers (optional;
         *  pairs of name and value). Does nothing without a fresh token. `show` (optional) is called with the text of an answer of status
         *  200, the id of the user of the token that fetched it, and a function that returns whether the page may still begin to show the
         *  text. That function returns false after the session has taken over the request or dropped it. Returns a promise of the
         *  response, or `undefined` if it sends nothing. */
        get(applicationId, url, headers, show) {
            // Without a session or with blocked storage, this throws.
            try {
                const token = freshToken(applicationId);
                if (token) return sendGet(url, token, headers, show);
            } catch {}
        },

        /** The id of the user of the session in storage or in `text`, such as the new value of a storage event; `undefined` if there is no
         *  session. It throws if storage is blocked or the record is unreadable. */
        user: (applicationId, text) => record(key(applicationId), text).session?.sub,

        /** Takes the lock for a sign-in while the user types, so that the sign-in need not wait for it after the submit. Call this at each
         *  input event: the script frees the lock three seconds after the last call, and as soon as another tab waits for it. */
        expect(applicationId) {
            if (signIn) return;
            if (!expected) {
                const lock = expected = acquire(key(applicationId));
                lock.ready.catch(() => {
                    if (lock === expected) expected = undefined;
                });
                keep(lock);
            }
            expected.until = performance.now() + EXPECT_LIMIT_MS;
        },

        /** The email that somebody typed, in the form of `typed::email` of `fusionauth-api`: without invisible characters, outer white
         *  space and what was copied with it, and with the domain in ASCII. */
        email: (typed) => copied(typed.replace(/\p{DI}/gu, "").replace(/^\p{space}+|\p{space}+$/gu, "")).replace(/@[^\0-,/:-@[-`{-\x7f]+$/, (end) => {
            try {
                return /[^\0-\x7f]/.test(end) ? "@" + new URL("http://" + end.slice(1)).hostname : end;
            } catch {
                return end;
            }
        }),

        /** Sends a sign-in to FusionAuth, with the values that the application will pass to `Session::sign_in`. With the new token it sends
         *  a GET of `dataUrl` with `dataHeaders` (both optional), and calls `show` as in `get`. Does nothing if a user is signed in, if
         *  another tab holds the lock, or if a sign-in is under way. Use it only with `TokenStorage::LocalStorage`. */
        signIn(fusionauthUrl, applicationId, loginId, password, dataUrl, dataHeaders, show) {
            if (signIn || !loginId || !password) return;
            const metaData = { device: { description: navigator.userAgent, type: "BROWSER" } };
            const body = JSON.stringify({ loginId, password, applicationId, metaData }), lock = expected ?? acquire(key(applicationId));
            expected = undefined;
            const mine = signIn = Object.assign(new AbortController(), { url: fusionauthUrl + "/api/login", body, lock });
            const end = () => signIn === mine && dropSignIn();
            mine.timer = setTimeout(end, SIGN_IN_LIMIT_MS);
            sendSignIn(mine, dataUrl, dataHeaders, show).catch(end);
        },

        /** The session calls this when it needs the lock. Returns the lock for the expected sign-in, or the one under which the sign-in was
         *  sent, with the previous holder's note and the note's open database. In the database, the note already says that a request is
         *  under way. If the lock is not ready, or if a sign-in was submitted but is not sent yet, the script drops the lock and the
         *  sign-in. */
        lock(name) {
            const mine = signIn, lock = mine ? mine.answer && mine.lock : expected;
            if (!lock?.isReady || name !== lock.name) return dropSignIn();
            if (mine) mine.lock = undefined;
            expected = undefined;
            const release = () => {
                if (mine && signIn === mine) dropSignIn();
                lock.end();
            };
            return { database: lock.database, granted: Promise.resolve(lock.note), release };
        },

        /** The session calls this before it sends a request. Returns the early request, if it is the same request, as an AbortController
         *  with the promise `answer`. The first request with a token takes over the early GET or drops it, so that the answer never
         *  predates a write. Only a GET of another URL with the same token does neither. The first request with cookies takes over the
         *  sign-in or drops it. */
        take(method, url, body, headers, token, tenant, key, cookies) {
            const taken = token ? early : cookies && signIn;
            if (!taken || method === "GET" && token === taken.token && url !== taken.url) return;
            const isSame = token
                ? method === "GET" && token === taken.token && !key
                : method === "POST" && body === taken.body && !tenant && taken.answer;
            if (!isSame || url !== taken.url || String(headers) !== String(taken.headers)) return token ? drop() : dropSignIn();
            clearTimeout(taken.timer);
            if (token) early = undefined;
            else signIn = taken.body = undefined;
            return taken;
        },
    };
})();
