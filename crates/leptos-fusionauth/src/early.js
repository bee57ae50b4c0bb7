// The early script: what a page with a session may send before its WebAssembly is there. A classic script, which the page runs before
// its own: `fusionauthEarly.get(applicationId, url)` sends one GET with the stored access token. The session takes it over in place of
// sending the same request itself; where it would send another one, the request is aborted. The README says how to use it, DESIGN.md of
// fusionauth-session why it is safe.
globalThis.fusionauthEarly = (() => {
    /** How long a request waits for the session, in milliseconds: as long as a backend may take to answer. */
    const LIMIT_MS = 15_000;
    let early;
    const drop = () => {
        early?.abort();
        early = undefined;
    };

    /** The stored token, if the session would send it and would not renew it soon: the rules of `fusionauth-session` with the margins of
     *  `Tuning::DEFAULT`, which a test compares. */
    const freshToken = (applicationId) => {
        const { format, epoch, session } = JSON.parse(localStorage.getItem(`fusionauth.session.${applicationId}`));
        const { sub, token, receivedAt } = session;
        const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
        const life = Math.trunc((claims.exp - claims.iat) * 1000), age = Date.now() - receivedAt;
        // A receipt in the future means that the clock was set back, and then the token's age is unknown. A second is noise.
        const isFresh = age >= -1000 && life - Math.max(age, 0) > Math.min(60_000, life / 5);
        // Without the time of issue, which could also be `null`, the life is unknown.
        const isOurs = claims.iat > 0 && format === 1 && epoch.number < 4e9 && claims.sub === sub && [].concat(claims.aud).includes(applicationId);
        return isFresh && isOurs && token;
    };

    return {
        /** Sends a GET of `url`, an address of the page's own origin as the application will write it. Does nothing without a fresh
         *  token. */
        get(applicationId, url) {
            // It throws where there is no session, and where storage is blocked.
            try {
                const token = freshToken(applicationId);
                if (!token) return;
                early = Object.assign(new AbortController(), { url, token, timer: setTimeout(drop, LIMIT_MS) });
                early.answer = fetch(url, { headers: { Authorization: `Bearer ${token}` }, signal: early.signal });
                // Without an answer the session sends a request of its own.
                early.answer.catch(drop);
            } catch {}
        },

        /** For the session, which calls this with each request that it is about to send: the early request, if it is this one, as an
         *  AbortController with the promise `answer`. The first request with a token takes it or drops it, so that its answer is never
         *  older than that of a request before it. */
        take(method, url, body, headers, token, tenant, key) {
            if (!early || !token) return;
            const taken = early;
            clearTimeout(taken.timer);
            if (method !== "GET" || url !== taken.url || token !== taken.token || headers || key) return drop();
            early = undefined;
            return taken;
        },
    };
})();
