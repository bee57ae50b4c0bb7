// The early script: what a page may send before its WebAssembly is there. A classic script, which the page runs before its own:
// `fusionauthEarly.get(applicationId, url)` sends one GET with the stored access token, and `fusionauthEarly.signIn(…)` the sign-in of a
// form that was submitted, under the cross-tab lock. The session takes each of them over in place of sending the same request itself;
// where it would send another one, the early one is aborted. The README says how to use it, DESIGN.md of fusionauth-session why it is
// safe.
globalThis.fusionauthEarly = (() => {
    /** How long a GET waits for the session, in milliseconds: as long as a backend may take to answer. */
    const LIMIT_MS = 15_000;
    /** How long a sign-in waits for its answer and for the session together: as long as the session waits for the answer. */
    const SIGN_IN_LIMIT_MS = 20_000;
    /** The object store of the note, and its key. */
    const STORE = "order";

    let early, signIn;
    const drop = () => {
        early?.abort();
        early = undefined;
    };
    /** Ends the sign-in and forgets the password. The lock is freed, unless the session has it. */
    const dropSignIn = () => {
        const dropped = signIn;
        signIn = undefined;
        if (!dropped) return;
        clearTimeout(dropped.timer);
        dropped.abort();
        dropped.free?.();
        dropped.database?.close();
    };
    addEventListener("pagehide", dropSignIn);

    const key = (applicationId) => `fusionauth.session.${applicationId}`;

    /** The stored record; it throws where the session would not read it. */
    const record = (name) => {
        const it = JSON.parse(localStorage.getItem(name)) ?? { format: 1, epoch: { number: 0, nonce: 0 } };
        if (it.format !== 1 || it.epoch.number >= 4e9) throw null;
        return it;
    };

    /** The stored token, if the session would send it and would not renew it soon: the rules of `fusionauth-session` with the margins of
     *  `Tuning::DEFAULT`, which a test compares. */
    const freshToken = (applicationId) => {
        const { sub, token, receivedAt } = record(key(applicationId)).session;
        const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
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

    const sendGet = (url, token) => {
        early = Object.assign(new AbortController(), { url, token, timer: setTimeout(drop, LIMIT_MS) });
        early.answer = fetch(url, { headers: { Authorization: `Bearer ${token}` }, signal: early.signal });
        // Without an answer the session sends a request of its own.
        early.answer.catch(drop);
    };

    const completion = (request) => new Promise((resolve, reject) => {
        request.onsuccess = request.oncomplete = () => resolve(request.result);
        request.onerror = request.onabort = request.onblocked = reject;
    });

    /** Sends a sign-in under the lock, after the note that a request is under way was written as the session writes it. */
    const sendSignIn = async (mine, dataUrl) => {
        const opening = indexedDB.open(mine.name, 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
        const database = await completion(opening);
        if (signIn !== mine) return database.close();
        mine.database = database;
        const notes = database.transaction(STORE, "readwrite", { durability: "relaxed" }).objectStore(STORE);
        mine.note = [].concat((await completion(notes.get(STORE))) ?? []);
        if (signIn !== mine || !isNobody(mine.name, mine.note)) throw null;
        const [number = 0, nonce = 0, generation = 0] = mine.note;
        const { transaction } = notes.put([number, nonce, generation, 1], STORE);
        transaction.commit();
        await completion(transaction);
        if (signIn !== mine) return;
        const { url, body, signal } = mine;
        mine.answer = fetch(url, { method: "POST", body, signal, headers: { "Content-Type": "application/json" }, credentials: "include" });
        const answer = (await mine.answer).clone();
        const { token } = dataUrl && answer.status === 200 ? await answer.json() : {};
        // Once the session has taken the sign-in over, it sends the next request by itself.
        if (token && signIn === mine) sendGet(dataUrl, token);
    };

    return {
        /** Sends a GET of `url`, an address of the page's own origin as the application will write it. Does nothing without a fresh
         *  token. */
        get(applicationId, url) {
            // It throws where there is no session, and where storage is blocked.
            try {
                const token = freshToken(applicationId);
                if (token) sendGet(url, token);
            } catch {}
        },

        /** Sends a sign-in to FusionAuth, with what the application will give to `Session::sign_in`, and with its token a GET of `dataUrl`
         *  (optional). Does nothing where somebody is signed in, where another tab holds the lock, and where a sign-in is under way. Only
         *  for `TokenStorage::LocalStorage`. */
        signIn(fusionauthUrl, applicationId, loginId, password, dataUrl) {
            if (signIn || !loginId || !password) return;
            const name = key(applicationId), body = JSON.stringify({ loginId, password, applicationId });
            const mine = signIn = Object.assign(new AbortController(), { name, body, url: fusionauthUrl + "/api/login" });
            const end = () => signIn === mine && dropSignIn();
            const held = new Promise((resolve) => mine.free = resolve);
            mine.timer = setTimeout(end, SIGN_IN_LIMIT_MS);
            (async () => navigator.locks.request(name, { ifAvailable: true }, (lock) => {
                if (!lock) throw null;
                sendSignIn(mine, dataUrl).catch(end);
                return held;
            }))().catch(end);
        },

        /** For the session, which calls this when it asks for the lock: the lock under which a sign-in was sent, with the note of its
         *  previous holder and the database of that note. A sign-in that was not sent yet is dropped. */
        lock(name) {
            if (!signIn?.answer || name !== signIn.name) return dropSignIn();
            const mine = signIn, { free, database, note } = mine;
            mine.free = mine.database = undefined;
            const release = () => {
                if (signIn === mine) dropSignIn();
                free();
            };
            return { database, granted: Promise.resolve(note), release };
        },

        /** For the session, which calls this with each request that it is about to send: the early request, if it is this one, as an
         *  AbortController with the promise `answer`. The first request with a token takes the GET or drops it, so that its answer is
         *  never older than that of a request before it; the first one that takes cookies does the same with the sign-in. */
        take(method, url, body, headers, token, tenant, key, cookies) {
            const taken = token ? early : cookies && signIn;
            if (!taken) return;
            const isSame = token
                ? method === "GET" && token === taken.token && !key
                : method === "POST" && body === taken.body && !tenant && taken.answer;
            if (!isSame || url !== taken.url || headers) return token ? drop() : dropSignIn();
            clearTimeout(taken.timer);
            if (token) early = undefined;
            else signIn = taken.body = undefined;
            return taken;
        },
    };
})();
