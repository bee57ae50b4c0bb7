//! Uses the server-rendered pages as a person does in a browser without script: opens a page, follows a link by its text, fills in a form
//! by its labels, and presses a button by its text. So a test shows that a page has these controls, and that its forms send what the server
//! reads.

use crate::test_cluster::{Browser, location};
use crate::webapp_steps::text;
use reqwest::{Method, Response, StatusCode};
use std::collections::BTreeMap;
use storefront_server::http::percent::encoded;

/// A page as the browser shows it after all redirects.
pub(crate) struct Page {
    host: String,
    pub(crate) path: String,
    pub(crate) status: StatusCode,
    pub(crate) html: String,
}

impl Page {
    pub(crate) fn has(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// The value of the input with this label.
    pub(crate) fn value(&self, label: &str) -> String {
        let tags = tags(&self.html);
        let control = control(&tags, label).unwrap_or_else(|| panic!("no {label} in {}", self.html));
        tags[control].value()
    }

    /// The URL of the next page of a list.
    pub(crate) fn next_page(&self) -> String {
        tags(&self.html).iter().find(|it| it.attribute("rel") == Some("next")).and_then(|it| it.attribute("href")).unwrap().to_owned()
    }

    pub(crate) fn has_button(&self, name: &str) -> bool {
        tags(&self.html).iter().any(|it| it.name == "button" && it.label() == name)
    }

    /// The names of all links, in their order.
    pub(crate) fn links(&self) -> Vec<String> {
        tags(&self.html).iter().filter(|it| it.name == "a").map(Tag::label).collect()
    }
}

/// A start tag, or an end tag such as `/form`.
struct Tag<'a> {
    name: &'a str,
    attributes: BTreeMap<&'a str, String>,
    /// The page behind the tag.
    rest: &'a str,
}

impl Tag<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The name of a control: its label for screen readers, or the text between its tags.
    fn label(&self) -> String {
        self.attribute("aria-label").map_or_else(|| self.text(), ToOwned::to_owned)
    }

    fn text(&self) -> String {
        let content = self.rest.split(&format!("</{}>", self.name)).next().unwrap_or_default();
        let words: String =
            content.split('<').enumerate().map(|(at, it)| if at == 0 { it } else { it.split_once('>').map_or("", |it| it.1) }).collect();
        unescaped(words.trim())
    }

    fn value(&self) -> String {
        match self.name {
            "textarea" => unescaped(self.rest.split("</textarea>").next().unwrap_or_default().trim_start_matches('\n')),
            "select" => {
                let options = self.rest.split("</select>").next().unwrap_or_default();
                let options = tags(options).into_iter().filter(|it| it.name == "option").collect::<Vec<_>>();
                let chosen = options.iter().find(|it| it.attribute("selected").is_some()).or(options.first());
                chosen.and_then(|it| it.attribute("value")).unwrap_or_default().to_owned()
            }
            _ => self.attribute("value").unwrap_or_default().to_owned(),
        }
    }
}

/// The value of the first input of a page with this name, also if it is hidden.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let tags = tags(page);
    tags.iter().find(|it| it.attribute("name") == Some(name)).unwrap_or_else(|| panic!("no {name} in {page}")).value()
}

/// Checks that a text contains each of these parts.
#[track_caller]
pub(crate) fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The tags of a page. The server's templates write each attribute as `name="value"` or as a name alone.
fn tags(html: &str) -> Vec<Tag<'_>> {
    html.match_indices('<')
        .filter_map(|(at, _)| {
            let name = html[at + 1..].split([' ', '>']).next().filter(|it| it.trim_start_matches('/').starts_with(char::is_alphabetic))?;
            let (mut rest, mut attributes) = (&html[at + 1 + name.len()..], BTreeMap::new());
            while let Some(attribute) = rest.strip_prefix(' ') {
                let name = attribute.split(['=', ' ', '>']).next()?;
                rest = &attribute[name.len()..];
                let value = match rest.strip_prefix("=\"") {
                    Some(quoted) => {
                        let (value, behind) = quoted.split_once('"')?;
                        rest = behind;
                        unescaped(value)
                    }
                    None => String::new(),
                };
                attributes.insert(name, value);
            }
            Some(Tag { name, attributes, rest: rest.strip_prefix('>')? })
        })
        .collect()
}

const CONTROLS: [&str; 3] = ["input", "select", "textarea"];

/// The input with this label: the one that the label names, the one inside of the label, or one with this name for screen readers.
fn control(tags: &[Tag], label: &str) -> Option<usize> {
    let is_control = |it: &Tag| CONTROLS.contains(&it.name);
    let of_label = tags.iter().position(|it| it.name == "label" && it.text() == label).and_then(|at| match tags[at].attribute("for") {
        Some(id) => tags.iter().position(|it| is_control(it) && it.attribute("id") == Some(id)),
        None => (at..tags.len()).find(|at| is_control(&tags[*at])),
    });
    of_label.or_else(|| tags.iter().position(|it| is_control(it) && it.attribute("aria-label") == Some(label)))
}

/// The index of the form to which a control belongs.
fn form_of(tags: &[Tag], control: usize) -> Option<usize> {
    if let Some(id) = tags[control].attribute("form") {
        return tags.iter().position(|it| it.name == "form" && it.attribute("id") == Some(id));
    }
    let before = tags[..control].iter().rposition(|it| ["form", "/form"].contains(&it.name))?;
    (tags[before].name == "form").then_some(before)
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or_default()
}

impl Browser {
    /// Opens a page, and follows its redirects.
    pub(crate) async fn open(&self, host: &str, path: &str) -> Page {
        self.arrive(host, path, self.get(host, without_fragment(path)).await).await
    }

    async fn arrive(&self, host: &str, path: &str, mut answer: Response) -> Page {
        let mut path = path.to_owned();
        while answer.status().is_redirection() {
            // Browsers keep the fragment unless the new URL has one.
            let fragment = path.find('#').map_or_else(String::new, |at| path.split_off(at));
            path = location(&answer).to_owned();
            answer = self.get(host, without_fragment(&path)).await;
            if !path.contains('#') {
                path += &fragment;
            }
        }
        Page { host: host.to_owned(), path, status: answer.status(), html: text(answer).await }
    }

    /// Follows the link with this name.
    pub(crate) async fn follow(&self, page: &Page, link: &str) -> Page {
        let tags = tags(&page.html);
        let tag = tags.iter().find(|it| it.name == "a" && it.label() == link).unwrap_or_else(|| panic!("no {link} in {}", page.html));
        let href = tag.attribute("href").unwrap();
        match href.strip_prefix("http://").and_then(|it| it.split_once('/')) {
            Some((host, path)) => self.open(host.split(':').next().unwrap(), &format!("/{path}")).await,
            None => self.open(&page.host, href).await,
        }
    }

    /// Fills in the form of the button with this name, presses the button, and follows the redirects. `typed` has a label and a text for
    /// each input; a text checks a box.
    pub(crate) async fn press(&self, page: &Page, button: &str, typed: &[(&str, &str)]) -> Page {
        let tags = tags(&page.html);
        let missing = |what: &str| panic!("no {what} in {}", page.html);
        let pressed = tags.iter().position(|it| it.name == "button" && it.label() == button).unwrap_or_else(|| missing(button));
        assert!(tags[pressed].attribute("disabled").is_none(), "{button} is disabled in {}", page.html);
        let form = form_of(&tags, pressed).unwrap_or_else(|| missing("form of the button"));
        let typed: BTreeMap<usize, &str> =
            typed.iter().map(|(label, text)| (control(&tags, label).unwrap_or_else(|| missing(label)), *text)).collect();
        assert!(typed.keys().all(|it| form_of(&tags, *it) == Some(form)), "{button}: another form has one of the inputs");
        let mut fields = Vec::new();
        for (at, tag) in tags.iter().enumerate() {
            let Some(name) = tag.attribute("name").filter(|_| form_of(&tags, at) == Some(form)) else { continue };
            let is_sent = match tag.name {
                "button" => at == pressed,
                "input" if matches!(tag.attribute("type"), Some("checkbox" | "radio")) => {
                    tag.attribute("checked").is_some() || typed.contains_key(&at)
                }
                it => CONTROLS.contains(&it),
            };
            let is_box = tag.attribute("type") == Some("checkbox");
            if is_sent {
                fields.push((name, typed.get(&at).filter(|_| !is_box).map_or_else(|| tag.value(), |it| (*it).to_owned())));
            }
        }
        let action = tags[pressed].attribute("formaction").or(tags[form].attribute("action")).unwrap_or(&page.path);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if tags[form].attribute("method") == Some("post") {
            let answer = self.send(&page.host, self.form(&page.host, without_fragment(action), &fields)).await;
            return self.arrive(&page.host, action, answer).await;
        }
        let query: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let path = format!("{action}?{}", query.join("&"));
        self.arrive(&page.host, &path, self.send(&page.host, self.request(Method::GET, &page.host, &path)).await).await
    }
}
