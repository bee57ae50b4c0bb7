//! FusionAuth's cookies on their way between the browser and FusionAuth.
//!
//! FusionAuth's cookies with tokens have one name for all applications, so a sign-in to the Forums overwrites the Store's. By default the
//! proxy keeps them in the browser under a name of each application: `refresh_token` is `store.refresh_token` there. The `Origin` of the
//! request names the application. Requests without a known origin, and paths that the operator has named, have FusionAuth's own names.
//!
//! A browser may still have cookies from before its host had names of each application. An application without cookies of its own sends
//! those. FusionAuth's answer then sets the application's own cookies, and deletes the old ones. An old cookie may be the other
//! application's: then nobody else sends it, and the tokens that FusionAuth returns for it stay with the application that they are for.

use crate::auth::{error::Error as AuthError, verify::unverified_claims};
use crate::auth_proxy::endpoints::{Endpoint, names};
use crate::config::site::{CallingSite, FusionAuthCookies, FusionAuthSite};
use crate::http::cookie_header::{find, is_ambiguous};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use fusionauth_api::{AccessToken, claims::Audience};
use serde::Deserialize;
use storefront_api::App;

const ACCESS_TOKEN: &str = "access_token";

/// FusionAuth's cookies with tokens. FusionAuth's other cookies, such as the proof of an earlier second factor, keep their names and stay
/// on its own host.
const TOKEN_COOKIES: [&str; 2] = [ACCESS_TOKEN, "refresh_token"];

/// The cookies of one request, and of its answer.
pub(super) struct RequestCookies<'a> {
    site: &'a FusionAuthSite,
    /// The endpoint that names the cookies that pass. Without one, all cookies under FusionAuth's own names pass.
    endpoint: Option<&'static Endpoint>,
    /// The application, if the browser has cookies with its name.
    app: Option<App>,
    headers: &'a HeaderMap,
}

#[derive(Deserialize)]
struct Claims {
    aud: Audience,
}

impl<'a> RequestCookies<'a> {
    /// The cookies of a path that the operator has named.
    pub(super) fn as_published(site: &'a FusionAuthSite, headers: &'a HeaderMap) -> Self {
        Self { site, endpoint: None, app: None, headers }
    }

    /// The cookies of a request of the app of `caller`.
    pub(super) fn of(site: &'a FusionAuthSite, endpoint: &'static Endpoint, caller: Option<&CallingSite>, headers: &'a HeaderMap) -> Self {
        let caller = caller.filter(|_| site.cookies == FusionAuthCookies::PerApplication);
        Self { site, endpoint: Some(endpoint), app: caller.map(|it| it.app), headers }
    }

    /// The application that an access token is for. Nothing is verified: the answer only decides under which name a cookie is kept.
    fn app_of(&self, token: &str) -> Option<App> {
        let Claims { aud } = unverified_claims(&AccessToken::new(token))?;
        self.site.sites.iter().find(|it| aud.contains(&it.application_id)).map(|it| it.app)
    }

    /// The `Cookie` header for FusionAuth, if a cookie passes.
    ///
    /// # Errors
    /// [`AuthError::CookiesAmbiguous`] if the browser has sent two values of a cookie that FusionAuth would read.
    pub(super) fn to_fusionauth(&self) -> Result<Option<HeaderValue>, AuthError> {
        let sent = self.endpoint.map_or(TOKEN_COOKIES.into(), |it| names(it.cookies));
        let sent: Vec<(&str, String)> = sent.into_iter().filter_map(|it| Some((it, self.kept_as(it)?))).collect();
        if sent.iter().any(|(_, kept_as)| is_ambiguous(self.headers, kept_as)) {
            return Err(AuthError::CookiesAmbiguous);
        }
        let pairs: Vec<String> = match self.endpoint {
            Some(_) => sent.iter().filter_map(|(name, kept_as)| Some(format!("{name}={}", find(self.headers, kept_as)?))).collect(),
            None => {
                let lines = self.headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
                let pairs = lines.flat_map(|it| it.split(';')).map(str::trim);
                pairs.filter(|it| it.split('=').next().is_none_or(|name| !is_of_an_application(name))).map(ToOwned::to_owned).collect()
            }
        };
        Ok(HeaderValue::try_from(pairs.join("; ")).ok().filter(|it| !it.is_empty()))
    }

    /// The `Set-Cookie` lines for the browser, of an answer with this status and these headers.
    pub(super) fn to_browser(&self, status: StatusCode, answer: &HeaderMap) -> Vec<HeaderValue> {
        let passes = |name: &str| self.endpoint.is_none_or(|it| names(it.answer_cookies).contains(&name));
        let lines = answer.get_all(header::SET_COOKIE).iter().filter(|it| passes(name_and_value(it).0));
        let (tokens, others): (Vec<_>, Vec<_>) = lines.partition(|it| TOKEN_COOKIES.contains(&name_and_value(it).0));
        let mut to_browser: Vec<HeaderValue> = others.into_iter().cloned().collect();
        let access_token = tokens.iter().map(|it| name_and_value(it)).find(|(name, _)| *name == ACCESS_TOKEN);
        let old = self.old_cookies();
        let sends_old = !old.is_empty() && self.app.is_some_and(|it| !self.has_cookies_of(it));
        let owner = access_token.filter(|_| sends_old).and_then(|(_, token)| self.app_of(token)).or(self.app);
        // Tokens for an old cookie of the other application never replace a newer sign-in to that application.
        if !(sends_old && owner.is_some_and(|it| self.has_cookies_of(it))) {
            to_browser.extend(tokens.iter().map(|line| self.token_line(line, owner)));
        }
        let signs_out = tokens.iter().all(|it| name_and_value(it).1.is_empty());
        if status.is_success() && !tokens.is_empty() && (sends_old || signs_out) {
            let deletions = old.iter().filter_map(|it| HeaderValue::try_from(format!("{it}=; Max-Age=0; Path=/")).ok());
            to_browser.extend(deletions.map(|it| self.token_line(&it, None)));
        }
        to_browser
    }

    /// The name in the browser of the cookie that FusionAuth gets under `name`.
    fn kept_as(&self, name: &str) -> Option<String> {
        match self.app.filter(|_| TOKEN_COOKIES.contains(&name)) {
            Some(app) if self.has_cookies_of(app) => Some(name_of(app, name)),
            Some(_) => self.old_cookies().contains(&name).then(|| name.to_owned()),
            None => Some(name.to_owned()),
        }
    }

    fn has_cookies_of(&self, app: App) -> bool {
        TOKEN_COOKIES.iter().any(|it| find(self.headers, &name_of(app, it)).is_some())
    }

    /// The request's cookies under FusionAuth's own names, unless the access token among them is for another application. FusionAuth sets
    /// both cookies together.
    fn old_cookies(&self) -> Vec<&'static str> {
        let owner = find(self.headers, ACCESS_TOKEN).and_then(|it| self.app_of(it));
        let may_be_own = self.app.is_some() && owner.is_none_or(|it| Some(it) == self.app);
        TOKEN_COOKIES.into_iter().filter(|it| may_be_own && find(self.headers, it).is_some()).collect()
    }

    /// A line that sets or deletes a token, for this application's name and for the parent domain. A line that deletes a cookie needs the
    /// domain too, because without it the browser would look for a cookie of FusionAuth's host.
    fn token_line(&self, line: &HeaderValue, app: Option<App>) -> HeaderValue {
        let Some((name, rest)) = line.to_str().ok().and_then(|it| it.split_once('=')) else { return line.clone() };
        let name = app.map_or_else(|| name.to_owned(), |it| name_of(it, name.trim()));
        let rewritten = match &self.site.cookie_domain {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth_proxy::{caller, endpoints::NOTHING};
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use storefront_api::Workflow;

    const NAMES: &str = "access_token refresh_token fusionauth.trust";
    const OF_APP: Option<&Endpoint> = Some(&Endpoint { cookies: NAMES, answer_cookies: NAMES, ..NOTHING });
    const OF_OPERATOR: Option<&Endpoint> = None;
    const STORE: &str = "http://store.x.localhost:8080";
    const FORUMS: &str = "http://forums.x.localhost:8081";

    fn proxy(cookies: FusionAuthCookies) -> FusionAuthSite {
        let caller = |app, origin: &str, id: &str| CallingSite {
            app,
            origin: origin.parse().unwrap(),
            workflow: Workflow::SpaSharedDomain,
            application_id: id.to_owned(),
            tenant_id: None,
        };
        let sites = vec![caller(App::Store, "http://store.x.localhost:*", "s"), caller(App::Forums, "http://forums.x.localhost:8081", "f")];
        FusionAuthSite {
            cookies,
            cookie_domain: Some("x.localhost".to_owned()),
            sites,
            origin: "http://auth.x.localhost:8080".parse().unwrap(),
            fusionauth_url: String::new(),
            pass: Vec::new(),
        }
    }

    /// An access token for the application with this id.
    fn token(audience: &str) -> String {
        format!("e.{}.s", URL_SAFE_NO_PAD.encode(format!(r#"{{"aud":{audience}}}"#)))
    }

    fn request(origin: &str, cookies: &str) -> HeaderMap {
        let lines = [(header::ORIGIN, origin), (header::COOKIE, cookies)].into_iter().filter(|(_, it)| !it.is_empty());
        lines.map(|(name, it)| (name, HeaderValue::try_from(it).unwrap())).collect()
    }

    fn cookies<'a>(proxy: &'a FusionAuthSite, headers: &'a HeaderMap, endpoint: Option<&'static Endpoint>) -> RequestCookies<'a> {
        match endpoint {
            Some(endpoint) => RequestCookies::of(proxy, endpoint, caller(proxy, headers.get(header::ORIGIN)), headers),
            None => RequestCookies::as_published(proxy, headers),
        }
    }

    fn sent(proxy: &FusionAuthSite, origin: &str, cookies: &str, endpoint: Option<&'static Endpoint>) -> String {
        let sent = self::cookies(proxy, &request(origin, cookies), endpoint).to_fusionauth();
        sent.map_or_else(|_| "ambiguous".to_owned(), |it| it.map_or_else(String::new, |it| it.to_str().unwrap().to_owned()))
    }

    fn set(proxy: &FusionAuthSite, origin: &str, cookies: &str, status: StatusCode, lines: &[&str]) -> Vec<String> {
        let answer = lines.iter().map(|it| (header::SET_COOKIE, HeaderValue::try_from(*it).unwrap())).collect();
        let lines = self::cookies(proxy, &request(origin, cookies), OF_APP).to_browser(status, &answer);
        lines.iter().map(|it| it.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn fusionauth_gets_the_cookies_of_the_application_that_asks() {
        let proxy = proxy(FusionAuthCookies::PerApplication);
        let (of_store, of_forums) = (token("\"S\""), token(r#"["f"]"#));
        let both = "store.access_token=a; store.refresh_token=b; forums.refresh_token=c; fusionauth.trust=t; other=o";
        let old_of_forums = format!("access_token={of_forums}; refresh_token=old");
        let old_of_store = format!("access_token={of_store}; refresh_token=old");
        for (origin, cookies, expected) in [
            (STORE, both, "access_token=a; refresh_token=b; fusionauth.trust=t"),
            (FORUMS, both, "refresh_token=c; fusionauth.trust=t"),
            ("http://forums.x.localhost:8080", both, "fusionauth.trust=t"),
            ("http://evil.localhost:8080", both, "fusionauth.trust=t"),
            ("", both, "fusionauth.trust=t"),
            ("", "refresh_token=old; store.refresh_token=b", "refresh_token=old"),
            (STORE, "refresh_token=old; store.refresh_token=b", "refresh_token=b"),
            (STORE, "access_token=old; store.refresh_token=b", "refresh_token=b"),
            (STORE, "refresh_token=old; forums.refresh_token=c", "refresh_token=old"),
            (STORE, &old_of_store, &*old_of_store),
            (STORE, &old_of_forums, ""),
            (FORUMS, &old_of_forums, &*old_of_forums),
            (STORE, "store.refresh_token=b; store.refresh_token=x", "ambiguous"),
            (STORE, "fusionauth.trust=t; fusionauth.trust=x", "ambiguous"),
            (STORE, "refresh_token=old; refresh_token=x", "ambiguous"),
            (
                STORE,
                "store.refresh_token=b; forums.refresh_token=c; forums.refresh_token=x; refresh_token=y; refresh_token=z",
                "refresh_token=b",
            ),
            (STORE, "", ""),
        ] {
            assert_eq!(sent(&proxy, origin, cookies, OF_APP), expected, "{origin} {cookies}");
        }
        let only_trust = Some(&Endpoint { cookies: "fusionauth.trust", ..NOTHING });
        assert_eq!(sent(&proxy, STORE, both, only_trust), "fusionauth.trust=t");
        assert_eq!(sent(&proxy, STORE, "refresh_token=o; store.refresh_token=b; a=1;b", OF_OPERATOR), "refresh_token=o; a=1; b");
        assert_eq!(sent(&proxy, STORE, "refresh_token=o; refresh_token=x", OF_OPERATOR), "ambiguous");
        let as_published = self::proxy(FusionAuthCookies::AsPublished);
        assert_eq!(sent(&as_published, STORE, "refresh_token=o; store.refresh_token=b", OF_APP), "refresh_token=o");
    }

    #[test]
    fn the_browser_keeps_the_tokens_of_each_application_on_the_parent_domain() {
        let proxy = proxy(FusionAuthCookies::PerApplication);
        let (of_store, of_forums) = (token("\"s\""), token("\"f\""));
        let (store_line, forums_line) = (format!("access_token={of_store}; Path=/"), format!("access_token={of_forums}; Path=/"));
        let deletions = ["access_token=; Max-Age=0; Path=/", "refresh_token=; Max-Age=0; Path=/"];
        let with_domain = |names: &[&str]| names.iter().map(|it| format!("{it}; Path=/; Domain=x.localhost")).collect::<Vec<_>>();
        let (ok, refused) = (StatusCode::OK, StatusCode::BAD_REQUEST);
        let deleted = |names: &[&str]| {
            with_domain(
                &names.iter().map(|it| format!("{it}=; Max-Age=0")).collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>(),
            )
        };
        for (origin, cookies, status, lines, expected) in [
            (
                STORE,
                "",
                ok,
                vec![&*store_line, "refresh_token=r; domain=old; Path=/"],
                with_domain(&[&format!("store.access_token={of_store}"), "store.refresh_token=r"]),
            ),
            (FORUMS, "", ok, vec!["refresh_token=r; Path=/"], with_domain(&["forums.refresh_token=r"])),
            ("", "", ok, vec!["refresh_token=r; Path=/"], with_domain(&["refresh_token=r"])),
            (STORE, "", ok, vec!["fusionauth.trust=t; Path=/", "xaccess_token=t; Path=/"], vec!["fusionauth.trust=t; Path=/".to_owned()]),
            // The Store's app cannot set a cookie of the Forums.
            (
                STORE,
                "",
                ok,
                vec![&*forums_line, "refresh_token=r; Path=/"],
                with_domain(&[&format!("store.access_token={of_forums}"), "store.refresh_token=r"]),
            ),
            // An old cookie was the Forums': its tokens are theirs, unless they have a newer sign-in.
            (
                STORE,
                "refresh_token=old",
                ok,
                vec![&*forums_line, "refresh_token=r; Path=/"],
                [with_domain(&[&format!("forums.access_token={of_forums}"), "forums.refresh_token=r"]), deleted(&["refresh_token"])]
                    .concat(),
            ),
            (
                STORE,
                "refresh_token=old; forums.refresh_token=new",
                ok,
                vec![&*forums_line, "refresh_token=r; Path=/"],
                deleted(&["refresh_token"]),
            ),
            // Sign-outs, and refusals.
            (STORE, "store.refresh_token=a", ok, deletions.to_vec(), deleted(&["store.access_token", "store.refresh_token"])),
            (
                STORE,
                "store.refresh_token=a; refresh_token=old",
                ok,
                deletions.to_vec(),
                deleted(&["store.access_token", "store.refresh_token", "refresh_token"]),
            ),
            (
                STORE,
                "store.refresh_token=a; refresh_token=old",
                ok,
                vec!["refresh_token=r; Path=/"],
                with_domain(&["store.refresh_token=r"]),
            ),
            (
                STORE,
                &format!("access_token={of_forums}; refresh_token=old"),
                ok,
                deletions.to_vec(),
                deleted(&["store.access_token", "store.refresh_token"]),
            ),
            (STORE, "refresh_token=old", refused, deletions.to_vec(), deleted(&["store.access_token", "store.refresh_token"])),
            (STORE, "refresh_token=old", ok, vec![], vec![]),
        ] {
            assert_eq!(set(&proxy, origin, cookies, status, &lines), expected, "{origin} {cookies} {status} {lines:?}");
        }
        let as_published = self::proxy(FusionAuthCookies::AsPublished);
        assert_eq!(set(&as_published, STORE, "store.refresh_token=a", ok, &["refresh_token=r; Path=/"]), with_domain(&["refresh_token=r"]));
    }
}
