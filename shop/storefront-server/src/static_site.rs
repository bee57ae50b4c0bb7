//! `--static-site FOLDER`: the single-page apps for a static file host, such as a CDN, nginx or Caddy.
//!
//! Each site gets a folder with the built files, an `index.html` with its configuration, and the headers that this server would send with
//! them: in `_headers` and `_redirects` for hosts that read such files, and in a snippet each for nginx and for Caddy. Requests below
//! `/api/` still go to this server.

use crate::config::{Config, site::Site};
use crate::http::static_files::{IMMUTABLE, PathKind};
use crate::router::policy;
use crate::spa::{CHANGE_PASSWORD, CHANGE_PASSWORD_URL, IndexPage, MANIFEST};
use anyhow::Context;
use axum::http::{HeaderName, HeaderValue};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use storefront_api::{Workflow, pages::Route};

/// Writes every single-page app of the configuration below `folder`, and returns the folder of each app.
///
/// # Errors
/// A message for the operator: the sites contradict each other, there is no build in `dist`, or a file cannot be written.
pub fn write(config: &Config, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let index = config.dist.join("index.html");
    let html =
        std::fs::read_to_string(&index).with_context(|| format!("{} cannot be read; `cargo xtask build` makes it", index.display()))?;
    let mut written = Vec::new();
    for site in &config.sites()?.applications {
        if matches!(site.workflow, Workflow::WebappJwt | Workflow::WebappSession) {
            continue; // this server renders the pages of such a site
        }
        let out = folder.join(site.host());
        write_site(site, config, &html, &out).with_context(|| format!("{} cannot be written", out.display()))?;
        written.push(out);
    }
    Ok(written)
}

fn write_site(site: &Site, config: &Config, html: &str, out: &Path) -> anyhow::Result<()> {
    let public = out.join("public");
    if public.exists() {
        std::fs::remove_dir_all(&public)?;
    }
    let mut files = Vec::new();
    copy(&config.dist, &public, "", &mut files)?;
    let page = IndexPage::new(html, site, None, config)?;
    std::fs::write(public.join("index.html"), &page.html)?;
    std::fs::write(public.join(MANIFEST.trim_start_matches('/')), &page.manifest)?;
    std::fs::write(public.join("index.html.br"), &page.brotli)?;
    std::fs::write(public.join("index.html.gz"), &page.gzip)?;

    let policy = policy(site);
    let preconnect = page.preconnect.map(|it| (axum::http::header::LINK, it));
    let page_headers = Headers(policy.clone().with_content_security(page.policy).of_document().chain(preconnect).collect());
    let documents = Headers(policy.of_document().collect());
    let data = Headers(policy.of_data().collect());
    std::fs::write(public.join("_headers"), page_headers.for_static_hosts(&files)?)?;
    std::fs::write(public.join("_redirects"), redirects(config))?;
    let public = std::path::absolute(public)?;
    std::fs::write(out.join("nginx.conf"), nginx(&public, config, [&page_headers, &documents, &data])?)?;
    std::fs::write(out.join("Caddyfile"), caddy(&public, config, [&page_headers, &documents, &data])?)?;
    Ok(())
}

/// Copies the files of a build except its `index.html`, and collects their URLs.
fn copy(from: &Path, to: &Path, address: &str, files: &mut Vec<String>) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("the name of a file in the build is not UTF-8")?;
        let (path, address) = (entry.path(), format!("{address}/{name}"));
        if path.is_dir() {
            copy(&path, &to.join(&name), &address, files)?;
        } else if address != "/index.html" {
            std::fs::copy(&path, to.join(&name))?;
            files.push(address);
        }
    }
    Ok(())
}

/// Matches the paths of files, by the rules of [`PathKind::of`]: a dot after the last slash, or a folder of files. It also matches
/// `/index.html`, which the snippets treat as the page by a separate rule.
const FILES: &str = r"^/(assets|snippets|\.well-known)/|/[^/]*\.[^/]*$";
/// Matches files that never change, because their names contain a hash of the content.
const HASHED: &str = r"-[0-9a-f]{8,}(_bg)?\.[^/]*$";
/// Matches hashed files that no browser shows as a document. These include SVG pictures, because a picture with a hash comes from the build
/// and is only a part of a page.
const HASHED_DATA: &str = r"-[0-9a-f]{8,}(_bg)?\.(js|css|wasm|json|svg|woff2|webmanifest)$";
/// Matches all files that no browser shows as a document. An SVG picture without a hash does not match, because a browser can show it as a
/// document.
const DATA: &str = r"(\.(js|css|wasm|json|woff2|webmanifest)|-[0-9a-f]{8,}\.svg)$";

/// Matches the app's pages for mailed links, which contain a secret.
const MAILED: &str = "^/(change-password|login/link|verify-email|verify-registration)/";

struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    /// One line for each header, which `write` creates from the header's name and value. No value contains a double quote, which would end
    /// a string of nginx or Caddy: policies contain only single quotes.
    fn lines(&self, write: impl Fn(&str, &str) -> String) -> anyhow::Result<String> {
        self.0.iter().map(|(name, value)| Ok(write(name.as_str(), value.to_str()?))).collect()
    }

    /// The file `_headers` of Netlify, Cloudflare Pages and others. These hosts merge the headers of all matching rules. A file without a
    /// cache rule gets the host's default: browsers ask each time whether the file has changed.
    fn for_static_hosts(&self, files: &[String]) -> anyhow::Result<String> {
        let mut text = format!("/*\n{}", self.lines(|name, value| format!("  {name}: {value}\n"))?);
        let is_hashed =
            |file: &&String| PathKind::of(file) == PathKind::File(IMMUTABLE) && !file.ends_with(".br") && !file.ends_with(".gz");
        for file in files.iter().filter(is_hashed) {
            write!(text, "{file}\n  cache-control: {IMMUTABLE}\n")?;
        }
        Ok(text)
    }
}

/// The file `_redirects`, in which the first matching rule counts. A host that forwards to no other server ignores such a rule.
fn redirects(config: &Config) -> String {
    let to_server = |path: &str| format!("{path}/* http://{}{path}/:splat 200\n", config.listen);
    let [api, links] = ["/api", Route::GuestOrder.href()].map(to_server);
    format!("{CHANGE_PASSWORD_URL} {CHANGE_PASSWORD} 302\n{api}{links}/* /index.html 200\n")
}

/// The snippet for nginx. The three groups of headers are for the page, for other documents such as pictures, and for data.
fn nginx(public: &Path, config: &Config, [page, documents, data]: [&Headers; 3]) -> anyhow::Result<String> {
    let line = |name: &str, value: &str| format!("        add_header {name} \"{value}\" always;\n");
    let (page, documents, data) = (page.lines(line)?, documents.lines(line)?, data.lines(line)?);
    // `cache-control` has no `always`, so that browsers do not cache the 404 of a missing file for a year.
    let location = |pattern: &str, cache: &str, headers: &str, file: &str| {
        format!("    location {pattern} {{\n        add_header cache-control \"{cache}\";\n{headers}        try_files {file};\n    }}\n")
    };
    let [public, api] = [public.display().to_string(), config.listen.to_string()];
    Ok([
        "# Include this in the site's `server` block, next to its names and its certificate: `include …/nginx.conf;`.\n".to_owned(),
        format!("    root \"{public}\";\n    gzip_static on;\n    # With nginx's brotli module: brotli_static on;\n"),
        format!(
            "    location ^~ /api/ {{\n        proxy_pass http://{api};\n        proxy_set_header Host $host;\n        \
             proxy_set_header X-Forwarded-For $remote_addr;\n        proxy_set_header X-Forwarded-Proto $scheme;\n        \
             # The server has its own log. Some paths contain a secret.\n        access_log off;\n        \
             location ~* \"/(change-password|send)/\" {{\n            error_log /dev/null;\n            proxy_pass http://{api};\n        }}\n    }}\n"
        ),
        // The server moves the secret of such a link into a cookie, which no script can read.
        format!(
            "    location ^~ /guest-order/ {{\n        proxy_pass http://{api};\n        proxy_set_header Host $host;\n        \
             proxy_set_header X-Forwarded-For $remote_addr;\n        proxy_set_header X-Forwarded-Proto $scheme;\n        \
             access_log off;\n        error_log /dev/null;\n    }}\n"
        ),
        "    location ~ \"(^|/)_(headers|redirects)$|\\.(br|gz)$\" {\n        return 404;\n    }\n".to_owned(),
        // Without `absolute_redirect off`, nginx would put the host name of its request into the redirect. Behind a proxy, that may not be
        // the host name of the site.
        format!(
            "    location = {CHANGE_PASSWORD_URL} {{\n        absolute_redirect off;\n        add_header cache-control \"no-cache\";\n{documents}        return 302 \"{CHANGE_PASSWORD}\";\n    }}\n"
        ),
        location("= /index.html", "no-cache", &page, "/index.html =404"),
        location(&format!("~ \"{MAILED}\""), "no-cache", &page, "/index.html =404;\n        access_log off"),
        location(&format!("~ \"{HASHED_DATA}\""), IMMUTABLE, &data, "$uri =404"),
        location(&format!("~ \"{HASHED}\""), IMMUTABLE, &documents, "$uri =404"),
        location(&format!("~ \"{DATA}\""), "no-cache", &data, "$uri =404"),
        location(&format!("~ \"{FILES}\""), "no-cache", &documents, "$uri =404"),
        location("/", "no-cache", &page, "/index.html =404"),
    ]
    .concat())
}

/// The snippet for Caddy, with the same groups of headers as [`nginx`].
fn caddy(public: &Path, config: &Config, [page, documents, data]: [&Headers; 3]) -> anyhow::Result<String> {
    let headers = |matcher: &str, headers: &Headers| headers.lines(|name, value| format!("\theader {matcher} {name} \"{value}\"\n"));
    let (page, documents, data) = (headers("@page", page)?, headers("@document", documents)?, headers("@data", data)?);
    let [public, api] = [public.display().to_string(), config.listen.to_string()];
    // In a `route` the directives keep their order, so the headers match the path before `rewrite` replaces it.
    Ok(format!(
        "# Import this in the site's block: `import …/Caddyfile`.\n@server path /api/* /guest-order/*\nhandle @server {{\n\treverse_proxy {api}\n}}\nhandle {{\n\troute {{\n\
         \troot * \"{public}\"\n\trewrite /index.html /\n\t@page not path_regexp `{FILES}`\n\t@data path_regexp `{DATA}`\n\
         \t@document {{\n\t\tpath_regexp `{FILES}`\n\t\tnot path_regexp `{DATA}`\n\t}}\n\t@hashed {{\n\t\tpath_regexp `{HASHED}`\n\t\tfile\n\t}}\n\
         \t@changing not path_regexp `{HASHED}`\n\t@hidden path_regexp `(^|/)_(headers|redirects)$|\\.(br|gz)$`\n{page}{documents}{data}\
         \theader @hashed cache-control \"{IMMUTABLE}\"\n\theader @changing cache-control no-cache\n\trespond @hidden 404\n\tredir {CHANGE_PASSWORD_URL} {CHANGE_PASSWORD} 302\n\
         \trewrite @page /index.html\n\tfile_server {{\n\t\tindex _\n\t\tprecompressed br gzip\n\t}}\n\t}}\n}}\n"
    ))
}
