//! The layout of emails. One description becomes HTML and text, for this server's messages and for FusionAuth's templates in
//! `shop/fusionauth/kickstart.json` (`tests/suite/mail_templates.rs`).
//!
//! The HTML is made for mail programs: one table of 600 px, inline styles, and nothing from the network. Dark colours are in a style element,
//! which some programs remove. No line is longer than the 998 bytes of RFC 5322.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use storefront_api::App;
use storefront_messages::{Language, Storefront, contact, t};

/// What every email has at its end.
#[derive(Clone, Debug, Default)]
pub struct Footer {
    /// How readers reach the team.
    pub contact: Option<String>,
    /// The seller's name and postal address.
    pub seller: Option<String>,
}

/// An email. This type has no `Debug`, because an email may contain a code or a link that opens an order.
pub struct Mail {
    subject: String,
    heading: String,
    parts: Vec<Part>,
}

enum Part {
    Text(String),
    Code(String),
    Link {
        label: String,
        url: String,
    },
    /// The last row is the sum.
    Prices {
        title: String,
        rows: Vec<(String, String)>,
    },
    Lines {
        title: String,
        lines: Vec<String>,
    },
}

/// An email that can be sent.
pub struct RenderedMail {
    /// The subject.
    pub subject: String,
    /// The part `text/html`.
    pub html: String,
    /// The part `text/plain`.
    pub text: String,
}

impl Mail {
    /// An email whose heading is its subject.
    pub fn new(subject: impl Into<String>) -> Self {
        let subject = subject.into();
        Self { heading: subject.clone(), subject, parts: Vec::new() }
    }

    /// Replaces the heading.
    #[must_use]
    pub fn heading(self, heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), ..self }
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with(Part::Text(text.into()))
    }

    /// Adds a code that the reader types.
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> Self {
        self.with(Part::Code(code.into()))
    }

    /// Adds a button. Its URL follows at the end, for readers whose mail program shows no button.
    #[must_use]
    pub fn link(self, label: impl Into<String>, url: impl Into<String>) -> Self {
        self.with(Part::Link { label: label.into(), url: url.into() })
    }

    /// Adds a list of prices. The last row is the sum.
    #[must_use]
    pub fn prices(self, title: impl Into<String>, rows: Vec<(String, String)>) -> Self {
        self.with(Part::Prices { title: title.into(), rows })
    }

    /// Adds lines such as those of a postal address.
    #[must_use]
    pub fn lines(self, title: impl Into<String>, lines: Vec<String>) -> Self {
        self.with(Part::Lines { title: title.into(), lines })
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The email in the current language.
    pub fn render(&self, footer: &Footer) -> RenderedMail {
        RenderedMail { subject: self.subject.clone(), html: folded(&self.html(footer)), text: folded(&self.as_text(footer)) }
    }

    fn html(&self, footer: &Footer) -> String {
        let page = html! {
            (DOCTYPE)
            html lang=(Language::current().tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.subject) }
                    (NEW_LINE)
                    style { (PreEscaped(DARK)) }
                }
                (NEW_LINE)
                body.paper style={ "margin:0;" (PAPER) } {
                    table.paper role="presentation" width="100%" cellpadding="0" cellspacing="0" style=(PAPER) {
                        tr { td align="center" style="padding:24px 12px" {
                            (NEW_LINE)
                            table role="presentation" width="600" cellpadding="0" cellspacing="0" style="width:100%;max-width:600px" {
                                tr { td.accent style={ (FONT) "padding:0 0 16px;color:#1f5a46;font:700 20px/1.3 Georgia,serif" } { (App::Store.full_name()) } }
                                (NEW_LINE)
                                tr { td.card.ink style={ (FONT) (CARD) } {
                                    h1.ink style={ (TITLE) "margin:0 0 16px;font-size:24px" } { (self.heading) }
                                    @for part in &self.parts { (NEW_LINE) (part.html()) }
                                    @for part in &self.parts { @if let Part::Link { url, .. } = part { (NEW_LINE) (readable_link(url)) } }
                                } }
                                (NEW_LINE)
                                tr { td.muted style={ (FONT) "padding:16px 0;color:#565e55;font-size:13px" } {
                                    @for line in footer.lines() { (line) br; (NEW_LINE) }
                                } }
                            }
                        } }
                    }
                }
            }
        };
        page.into_string() + "\n"
    }

    fn as_text(&self, footer: &Footer) -> String {
        let mut blocks = vec![self.heading.clone()];
        blocks.extend(self.parts.iter().map(Part::as_text));
        blocks.push(format!("-- \n{}", footer.lines().join("\n")));
        blocks.join("\n\n") + "\n"
    }
}

impl Footer {
    fn lines(&self) -> Vec<String> {
        let contact = self.contact.as_deref().map(contact::<Storefront>);
        [Some(self.seller.clone().unwrap_or_else(|| App::Store.full_name().to_owned())), contact].into_iter().flatten().collect()
    }
}

impl Part {
    fn html(&self) -> Markup {
        html! {
            @match self {
                Self::Text(text) => p.ink style=(TEXT) { (text) },
                Self::Code(code) => p.ink style={ (TEXT) "font:700 28px/1.4 monospace;letter-spacing:4px" } { (code) },
                Self::Link { label, url } => {
                    table role="presentation" cellpadding="0" cellspacing="0" style="margin:0 0 16px" {
                        tr { td.button style="border-radius:8px;background:#1f5a46" {
                            a.button href=(url) style=(BUTTON) { (label) }
                        } }
                    }
                }
                Self::Prices { title, rows } => {
                    h2.ink style=(TITLE) { (title) }
                    table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 16px" {
                        @for (at, (name, price)) in rows.iter().enumerate() {
                            @let weight = if at + 1 == rows.len() { "font-weight:700;" } else { "" };
                            (NEW_LINE)
                            tr {
                                td.ink.line style={ (CELL) (weight) "text-align:left" } { (name) }
                                td.ink.line style={ (CELL) (weight) "text-align:right;white-space:nowrap" } { (price) }
                            }
                        }
                    }
                }
                Self::Lines { title, lines } => {
                    h2.ink style=(TITLE) { (title) }
                    p.ink style=(TEXT) { @for line in lines { (line) br; (NEW_LINE) } }
                }
            }
        }
    }

    fn as_text(&self) -> String {
        match self {
            Self::Text(text) | Self::Code(text) => text.clone(),
            Self::Link { label, url } => format!("{label}{}\n{url}", t!(": ").trim_end_matches(' ')),
            Self::Prices { title, rows } => {
                let rows = rows.iter().map(|(name, price)| format!("\n{name}{}{price}", t!(": ")));
                [title.clone()].into_iter().chain(rows).collect()
            }
            Self::Lines { title, lines } => format!("{title}\n{}", lines.join("\n")),
        }
    }
}

/// The link of a button, at the end of the email, because a long link between two paragraphs hides the second.
fn readable_link(url: &str) -> Markup {
    html! {
        p.muted.line style=(LINK) { (t!("If the button doesn't work, open this link:")) br; a.muted href=(url) style="color:#565e55" { (url) } }
    }
}

/// Breaks each line that is too long, at a space if it has one, and never within a character or an entity of HTML.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for mut line in text.lines() {
        while line.len() > MAX_LINE {
            let start = &line[..line.floor_char_boundary(MAX_LINE)];
            // The beginning of an entity or a tag that the cut would break.
            let begun = |from: char, to: char| start.rfind(from).filter(|at| *at > 0 && !start[*at..].contains(to) && start.len() - at < 8);
            let whole = begun('&', ';').or(begun('<', '>')).unwrap_or(start.len());
            let (begin, rest) = line.split_at(start.rfind(' ').unwrap_or(whole));
            folded.extend([begin, "\n"]);
            line = rest.strip_prefix(' ').unwrap_or(rest);
        }
        folded.extend([line, "\n"]);
    }
    folded
}

/// The longest line, in bytes, below the 998 of RFC 5322.
const MAX_LINE: usize = 900;
const NEW_LINE: PreEscaped<&str> = PreEscaped("\n");
const FONT: &str = "font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:16px;line-height:1.5;";
const PAPER: &str = "padding:0;background:#f6f3ec";
const CARD: &str = "padding:24px;background:#fffdf8;color:#1e231f;border:1px solid #e0dacd;border-radius:14px";
const TITLE: &str = "margin:24px 0 8px;color:#1e231f;font:700 18px/1.3 Georgia,serif;";
const TEXT: &str = "margin:0 0 16px;color:#1e231f;";
const CELL: &str = "padding:8px 0;color:#1e231f;border-bottom:1px solid #e0dacd;font-size:16px;vertical-align:top;";
const BUTTON: &str =
    "display:inline-block;padding:12px 24px;border-radius:8px;background:#1f5a46;color:#fff;font-weight:600;text-decoration:none";
const LINK: &str = "margin:24px 0 0;padding:16px 0 0;border-top:1px solid #e0dacd;color:#565e55;font-size:13px;word-break:break-word;overflow-wrap:anywhere";
/// The colours of `style/base.css` for dark mode.
const DARK: &str = "@media (prefers-color-scheme:dark){.paper{background:#151814!important}\
    .card{background:#1e221d!important;border-color:#343a32!important}.line{border-color:#343a32!important}\
    .ink{color:#ecebe4!important}.muted{color:#a8b0a3!important}.accent{color:#8fd1b0!important}\
    .button{background:#8fd1b0!important;color:#0c2419!important}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_and_text_say_the_same_and_nothing_that_was_typed_is_markup() {
        let typed = "<b>&\"'</b>";
        let footer = Footer { contact: Some("help@example.test".to_owned()), seller: Some("Store & Co, Town".to_owned()) };
        let url = "https://shop.example.test/orders/1?a=1&b=2";
        let mail = Mail::new("Subject").heading("Heading").text(typed).code("123456").link("Open", url);
        let mail = mail.prices("Goods", vec![(typed.to_owned(), "€1".to_owned()), ("Total".to_owned(), "€2".to_owned())]);
        let mail = mail.lines("To", vec![typed.to_owned(), "City".to_owned()]);
        let RenderedMail { subject, html, text } = Language::German.scope(|| mail.render(&footer));
        assert_eq!(subject, "Subject");
        let expected = format!(
            "Heading\n\n{typed}\n\n123456\n\nOpen:\n{url}\n\nGoods\n{typed}: €1\nTotal: €2\n\nTo\n{typed}\nCity\n\n-- \nStore & Co, Town\n\
             Du erreichst uns unter help@example.test.\n"
        );
        assert_eq!(text, expected);
        assert_eq!((html.matches("&lt;b&gt;&amp;&quot;'&lt;/b&gt;").count(), html.matches("<b>").count()), (3, 0), "{html}");
        assert!(html.contains("<html lang=\"de\">") && html.contains("Store &amp; Co, Town"), "{html}");
        assert_eq!(html.matches("href=\"https://shop.example.test/orders/1?a=1&amp;b=2\"").count(), 2, "a button and a readable link");
        for remote in ["src=", "url(", "@import", "<link", "<script"] {
            assert!(!html.contains(remote), "{remote}: {html}");
        }
        for long in ["\"".repeat(5000), "ü ".repeat(2500)] {
            let mail = Mail::new("Subject").lines("To", vec![long.clone()]).render(&footer);
            assert!(mail.html.lines().chain(mail.text.lines()).all(|line| line.len() <= 998), "{}", mail.html);
            let joined = |text: &str| text.replace("&quot;", "\"").replace(['\n', ' '], "");
            assert!([mail.html, mail.text].iter().all(|it| joined(it).contains(&joined(&long))));
        }
    }
}
