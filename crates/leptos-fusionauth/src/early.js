// The early script: what a page may send without waiting for its WebAssembly. A classic script, which the page runs before its own:
// `fusionauthEarly.get(applicationId, url)` sends one GET with the stored access token, and `fusionauthEarly.signIn(…)` the sign-in of a
// form that was submitted, under the cross-tab lock. `fusionauthEarly.expect(applicationId)` takes that lock while somebody types. The
// session takes each of them over in place of doing the same itself; where it would send another request, the early one is aborted. A page
// may show what the GET has brought meanwhile, as long as `fusionauthEarly.user(applicationId)` is the user whose token has fetched it. The
// README says how to use it, DESIGN.md of fusionauth-session why it is safe.
globalThis.fusionauthEarly = (() => {
    /** How long a GET waits for the session, in milliseconds: as long as a backend may take to answer. */
    const LIMIT_MS = 15_000;
    /** How long a sign-in waits for its answer and for the session together. */
    const SIGN_IN_LIMIT_MS = 20_000;
    /** How long the lock is kept for somebody who has stopped to type, and how often the script looks whether another tab waits for it. */
    const EXPECT_LIMIT_MS = 3_000, LOOK_MS = 200;
    /** The object store of the note, and its key. */
    const STORE = "order";

    /** The GET, the lock that a sign-in is expected to need, and the sign-in; each until the session has taken it over. */
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
    /** Ends the sign-in and what its token has asked for, and forgets the password. The lock is freed, unless the session has it. */
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

    /** The stored record, or that of `text`; it throws where the session would not read it. */
    const record = (name, text = localStorage.getItem(name)) => {
        const it = JSON.parse(text) ?? { format: 1, epoch: { number: 0, nonce: 0 } };
        if (it.format !== 1 || it.epoch.number >= 4e9) throw null;
        return it;
    };

    const claimsOf = (token) => JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));

    /** The stored token, if the session would send it and would not renew it soon: the rules of `fusionauth-session` with the margins of
     *  `Tuning::DEFAULT`, which a test compares. */
    const freshToken = (applicationId) => {
        const name = key(applicationId), { untilClosed, session: { sub, token, receivedAt } } = record(name);
        // The session ends such a sign-in itself. The cookie's name is that of `browser.js`.
        const mark = `${location.protocol === "https:" ? "__Host-" : ""}${name}=`;
        if (untilClosed && !document.cookie.includes(mark)) return;
        const claims = claimsOf(token);
        const life = Math.trunc((claims.exp - claims.iat) * 1000), age = Date.now() - receivedAt;
        // A receipt in the future means that the clock was set back, and then the token's age is unknown. A second is noise.
        const isFresh = age >= -1000 && life - Math.max(age, 0) > Math.min(60_000, life / 5);
        // Without the time of issue, which could also be `null`, the life is unknown.
        const isOurs = claims.iat > 0 && claims.sub === sub && [].concat(claims.aud).includes(applicationId);
        return isFresh && isOurs && token;
    };

    /** Whether nobody is signed in and no sign-out waits for FusionAuth, so that a sign-in is the first that the session will send. A note
     *  that is newer than the record means that local storage does not show yet what another tab has written. */
    const isNobody = (name, [number, nonce, generation]) => {
        const { epoch, session, logoutPending } = record(name);
        const isNewer = (number - epoch.number || nonce - epoch.nonce || generation - 1) > 0;
        return !session && !logoutPending && !isNewer;
    };

    const sendGet = (url, token, headers, show) => {
        const mine = early = Object.assign(new AbortController(), { url, token, headers, timer: setTimeout(drop, LIMIT_MS) });
        early.answer = fetch(url, { headers: [...headers ?? [], ["Authorization", `Bearer ${token}`]], signal: early.signal }).then((response) => {
            // The text is read while the WebAssembly is still on its way, or renders. Who wants another form of the body reads that.
            const text = response.clone().text();
            // What the session has taken over, the application shows.
            text.then((text) => early === mine && response.status === 200 && show?.(text, claimsOf(token).sub, () => early === mine)).catch(() => {});
            return Object.assign(response, { text: () => text });
        });
        // Without an answer the session sends a request of its own.
        early.answer.catch(drop);
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

    /** Opens the database of the note, and writes there that a request is under way, as the session does before it sends one. */
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

    /** Takes the lock and prepares it, unless another tab holds it. `ready` is rejected where that fails. */
    const acquire = (name) => {
        const lock = { name }, end = new Promise((resolve) => lock.end = resolve);
        lock.ready = (async () => {
            let done;
            const prepared = new Promise((resolve) => done = resolve);
            // It fails where the browser has no locks. Else it settles when the lock is free again.
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

    /** Keeps the lock until a sign-in takes it, for somebody who types, and only while no other tab waits for it. */
    const keep = async (lock) => {
        const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        const isWanted = async () => {
            const { pending } = await navigator.locks.query();
            return !document.hidden && performance.now() < lock.until && pending.every((it) => it.name !== lock.name);
        };
        do await pause(); while (lock === expected && await isWanted().catch(() => false));
        if (lock !== expected) return;
        expected = undefined;
        // Nothing was sent, so the next holder finds the note that this one has found. Nobody waits for a database that does not answer.
        try {
            if (lock.isReady) await Promise.race([write(notes(lock), lock.note), pause()]);
        } catch {}
        free(lock);
    };

    const sendSignIn = async (mine, dataUrl, dataHeaders, show) => {
        const { url, body, signal, lock } = mine;
        // At once if it can be, before the session asks for the lock in the same task.
        if (!lock.isReady) await lock.ready;
        if (signIn !== mine || !isNobody(lock.name, lock.note)) throw null;
        mine.answer = fetch(url, { method: "POST", body, signal, headers: { "Content-Type": "application/json" }, credentials: "include" })
            .then(async (response) => {
                const { status, headers } = response, text = await response.text();
                // Before the session has the answer, because what it then renders takes longer than to send this.
                try {
                    const { token } = dataUrl && status === 200 ? JSON.parse(text) : {};
                    if (token) sendGet(dataUrl, token, dataHeaders, show);
                } catch {}
                return { status, headers, text: async () => text };
            });
        await mine.answer;
    };

    return {
        /** Sends a GET of `url`, an address of the page's own origin as the application will write it, with these headers (optional), which
         *  are pairs of name and value. Does nothing without a fresh token. `show` (optional) is called with the text of an answer of status
         *  200, the id of the user whose token has fetched it, and a function that tells whether the page may still begin to show it: until
         *  the session has taken the request over or dropped it. */
        get(applicationId, url, headers, show) {
            // It throws where there is no session, and where storage is blocked.
            try {
                const token = freshToken(applicationId);
                if (token) sendGet(url, token, headers, show);
            } catch {}
        },

        /** The id of the user of the stored session, or of that in `text`, such as the new value of a storage event; `undefined` if there is
         *  no session. It throws where storage is blocked and where the record is unreadable. */
        user: (applicationId, text) => record(key(applicationId), text).session?.sub,

        /** Takes the lock for the sign-in of somebody who has begun to type, so that it need not be waited for after the submit. Call it
         *  with each input: the lock is given back three seconds after the last one, and as soon as another tab waits for it. */
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

        /** Sends a sign-in to FusionAuth, with what the application will give to `Session::sign_in`, and with its token a GET of `dataUrl`
         *  with `dataHeaders` (both optional), of which `show` is called as in `get`. Does nothing where somebody is signed in, where another
         *  tab holds the lock, and where a sign-in is under way. Only for `TokenStorage::LocalStorage`. */
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

        /** For the session, which calls this when it asks for the lock: the lock that is expected to be needed or under which a sign-in was
         *  sent, with the note of its previous holder and the database of that note, which says by now that a request is under way. What
         *  is not as far as that is dropped. */
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

        /** For the session, which calls this with each request that it is about to send: the early request, if it is this one, as an
         *  AbortController with the promise `answer`. The first request with a token takes the GET or drops it, so that its answer is
         *  never older than that of a write before it; a GET of something else leaves it. The first request that takes cookies takes or
         *  drops the sign-in. */
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
