/** Sends a copy of a request, because a replay needs the body again: with this token in the header `Authorization`, or without a token with
 *  cookies. */
export const fetchCopy = async (request, token) => {
    const { signal } = request;
    let copy = request.clone();
    if (token) copy.headers.set("Authorization", `Bearer ${token}`);
    else copy = new Request(copy, { credentials: "include", signal });
    // WebKit aborts an answer only while the request that fetched it exists.
    signal.request = copy;
    return fetch(copy);
};
