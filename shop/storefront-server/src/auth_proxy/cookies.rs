//! FusionAuth's cookies on their way between the browser and FusionAuth.
//!
//! FusionAuth's cookies with tokens have one name for all applications, so a sign-in to the Forums overwrites the Store's. By default the
//! proxy keeps them in the browser under a name of each application: `refresh_token` is `store.refresh_token` there. The `Origin` of the
//! request names the application. Requests without a known origin, and paths that the operator has named, have FusionAuth's own names.
//!
//! A browser may still have cookies from before its host had names of each application. An application without cookies of its own sends
//! those. FusionAuth's answer then sets the application's own cookies, and deletes the old ones. An old cookie may be the other
//! application's: then nobody else sends it, and the tokens that FusionAuth returns for it stay with the application that they are for.

use crate::auth::error::Error as AuthError;
use crate::config::site::{CallingSite, FusionAuthCookies, FusionAuthSite};
use crate::http::cookie_header::{find, is_ambiguous};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::slice::from_ref;
use storefront_api::App;

const ACCESS_TOKEN: &str = "access_token";

/// FusionAuth's cookies with tokens. FusionAuth's other cookies, such as the proof of an earlier second factor, keep their names and stay
/// on its own host.
const TOKEN_COOKIES: [&str; 2] = [ACCESS_TOKEN, "refresh_token"];

/// What the proxy of one host does with cookies.
#[derive(Default)]
pub(super) struct ProxyCookies {
    names: FusionAuthCookies,
    /// The parent domain to which the cookies with tokens move.
    domain: Option<String>,
    callers: Vec<CallingSite>,
}

/// The cookies that pass, by FusionAuth's names.
#[derive(Clone, Copy)]
pub(super) enum Passing<'a> {
    /// The cookies that a row of the table names, for a request of the app.
    Listed {
        /// The cookies that FusionAuth gets.
        sent: &'a [&'a str],
        /// The cookies that its answer may set or delete.
        set: &'a [&'a str],
    },
    /// All cookies under FusionAuth's own names, for a path that the operator has named.
    AsPublished,
}

/// The cookies of one request, and of its answer.
pub(super) struct RequestCookies<'a> {
    proxy: &'a ProxyCookies,
    passing: Passing<'a>,
    /// The application, if the browser has cookies with its name.
    app: Option<App>,
    headers: HeaderMap,
}

impl ProxyCookies {
    pub(super) fn of_site(site: &FusionAuthSite) -> Self {
        Self { names: site.cookies, domain: site.cookie_domain.clone(), callers: site.callers.clone() }
    }

    /// Whether the cookies with tokens are on the parent domain, so that the backends get them.
    pub(super) fn are_on_parent_domain(&self) -> bool {
        self.domain.is_some()
    }

    pub(super) fn of_request<'a>(&'a self, headers: &HeaderMap, passing: Passing<'a>) -> RequestCookies<'a> {
        let origin = headers.get(header::ORIGIN).and_then(|it| it.to_str().ok());
        let app = match (self.names, passing) {
            (FusionAuthCookies::PerApplication, Passing::Listed { .. }) => {
                origin.and_then(|it| self.callers.iter().find(|caller| caller.origin.is_written(it))).map(|it| it.app)
            }
            (FusionAuthCookies::AsPublished, _) | (_, Passing::AsPublished) => None,
        };
        let headers = headers.get_all(header::COOKIE).iter().map(|it| (header::COOKIE, it.clone())).collect();
        RequestCookies { proxy: self, passing, app, headers }
    }

    /// The application that an access token is for. Nothing is verified: the answer only decides under which name a cookie is kept.
    fn app_of(&self, token: &str) -> Option<App> {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        let audience = claims.get("aud")?;
        let audiences = audience.as_array().map_or(from_ref(audience), Vec::as_slice);
        let is_for = |id: &str| audiences.iter().filter_map(Value::as_str).any(|it| it.eq_ignore_ascii_case(id));
        self.callers.iter().find(|it| is_for(&it.application_id)).map(|it| it.app)
    }
}

impl RequestCookies<'_> {
    /// The `Cookie` header for FusionAuth, if a cookie passes.
    ///
    /// # Errors
    /// [`AuthError::CookiesAmbiguous`] if the browser has sent two values of a cookie that FusionAuth would read.
    pub(super) fn to_fusionauth(&self) -> Result<Option<HeaderValue>, AuthError> {
        let sent: Vec<(&str, String)> = match self.passing {
            Passing::Listed { sent, .. } => sent.iter().filter_map(|it| Some((*it, self.kept_as(it)?))).collect(),
            Passing::AsPublished => TOKEN_COOKIES.map(|it| (it, it.to_owned())).into(),
        };
        if sent.iter().any(|(_, kept_as)| is_ambiguous(&self.headers, kept_as)) {
            return Err(AuthError::CookiesAmbiguous);
        }
        let pairs: Vec<String> = match self.passing {
            Passing::Listed { .. } => {
                sent.iter().filter_map(|(name, kept_as)| Some(format!("{name}={}", find(&self.headers, kept_as)?))).collect()
            }
            Passing::AsPublished => {
                let lines = self.headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
                let pairs = lines.flat_map(|it| it.split(';')).map(str::trim);
                pairs.filter(|it| it.split('=').next().is_none_or(|name| !is_of_an_application(name))).map(ToOwned::to_owned).collect()
            }
        };
        Ok(HeaderValue::try_from(pairs.join("; ")).ok().filter(|it| !it.is_empty()))
    }

    /// The `Set-Cookie` lines for the browser, of an answer with this status and these headers.
    pub(super) fn to_browser(&self, status: StatusCode, answer: &HeaderMap) -> Vec<HeaderValue> {
        let passes = |name: &str| match self.passing {
            Passing::Listed { set, .. } => set.contains(&name),
            Passing::AsPublished => true,
        };
        let lines = answer.get_all(header::SET_COOKIE).iter().filter(|it| passes(name_and_value(it).0));
        let (tokens, others): (Vec<_>, Vec<_>) = lines.partition(|it| TOKEN_COOKIES.contains(&name_and_value(it).0));
        let mut to_browser: Vec<HeaderValue> = others.into_iter().cloned().collect();
        let access_token = tokens.iter().map(|it| name_and_value(it)).find(|(name, _)| *name == ACCESS_TOKEN);
        let owner = access_token.and_then(|(_, token)| self.proxy.app_of(token)).or(self.app);
        let is_others = self.app.is_some() && owner != self.app;
        // Tokens for an old cookie of the other application never replace a newer sign-in to that application.
        if !(is_others && owner.is_some_and(|it| self.has_cookies_of(it))) {
            to_browser.extend(tokens.iter().map(|line| self.token_line(line, self.app.and(owner))));
        }
        let signs_out = !tokens.is_empty() && tokens.iter().all(|it| name_and_value(it).1.is_empty());
        if self.app.is_some_and(|it| signs_out || !tokens.is_empty() && !self.has_cookies_of(it))
            && status.is_success()
            && !self.old_cookies_are_others()
        {
            let old = TOKEN_COOKIES.iter().filter(|it| find(&self.headers, it).is_some());
            let deletions = old.filter_map(|it| HeaderValue::try_from(format!("{it}=; Max-Age=0; Path=/")).ok());
            to_browser.extend(deletions.map(|it| self.token_line(&it, None)));
        }
        to_browser
    }

    /// The name in the browser of the cookie that FusionAuth gets under `name`.
    fn kept_as(&self, name: &str) -> Option<String> {
        match self.app.filter(|_| TOKEN_COOKIES.contains(&name)) {
            Some(app) if self.has_cookies_of(app) => Some(name_of(app, name)),
            Some(_) if self.old_cookies_are_others() => None,
            Some(_) | None => Some(name.to_owned()),
        }
    }

    fn has_cookies_of(&self, app: App) -> bool {
        TOKEN_COOKIES.iter().any(|it| find(&self.headers, &name_of(app, it)).is_some())
    }

    /// Whether the access token under FusionAuth's own name is for another application. FusionAuth sets both cookies together.
    fn old_cookies_are_others(&self) -> bool {
        find(&self.headers, ACCESS_TOKEN).and_then(|it| self.proxy.app_of(it)).is_some_and(|it| Some(it) != self.app)
    }

    /// A line that sets or deletes a token, for this application's name and for the parent domain. A line that deletes a cookie needs the
    /// domain too, because without it the browser would look for a cookie of FusionAuth's host.
    fn token_line(&self, line: &HeaderValue, app: Option<App>) -> HeaderValue {
        let Some((name, rest)) = line.to_str().ok().and_then(|it| it.split_once('=')) else { return line.clone() };
        let name = app.map_or_else(|| name.to_owned(), |it| name_of(it, name.trim()));
        let rewritten = match &self.proxy.domain {
            None => format!("{name}={rest}"),
            Some(domain) => {
                let is_domain = |part: &str| part.trim().split('=').next().is_some_and(|it| it.eq_ignore_ascii_case("domain"));
                let kept = rest.split(';').enumerate().filter(|(at, part)| *at == 0 || !is_domain(part)).map(|(_, part)| part);
                format!("{name}={}; Domain={domain}", kept.collect::<Vec<_>>().join(";"))
            }
        };
        HeaderValue::try_from(rewritten).unwrap_or_else(|_| line.clone())
    }
}

/// The name in the browser of a cookie with a token of this application.
fn name_of(app: App, name: &str) -> String {
    FusionAuthCookies::PerApplication.names(app, name).swap_remove(0)
}

fn is_of_an_application(name: &str) -> bool {
    [App::Store, App::Forums].into_iter().any(|app| TOKEN_COOKIES.iter().any(|it| name_of(app, it) == name))
}

/// The name and the value of a `Set-Cookie` line.
fn name_and_value(line: &HeaderValue) -> (&str, &str) {
    let pair = line.to_str().ok().and_then(|it| it.split(';').next()?.split_once('='));
    pair.map_or(("", ""), |(name, value)| (name.trim(), value.trim()))
}
