//! FusionAuth's email templates in `shop/fusionauth/kickstart.json`, which have the layout of this server's own messages. `UPDATE_TEMPLATES=1
//! cargo test -p storefront-server --test server_suite mail_templates` writes them into the file.

use crate::test_cluster::TestCluster;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use storefront_api::App;
use storefront_messages::{Language, t};
use storefront_server::mail::{Footer, Mail, RenderedMail};
use test_support::kickstart::KICKSTART;

/// A template's message in the current language.
type Message = fn() -> Mail;

/// The templates: the kickstart's variable with the id, the name, and the message.
const TEMPLATES: [(&str, &str, Message); 5] = [
    ("verificationTemplate", "verify your e-mail address", verification),
    ("forgotPasswordTemplate", "choose a new password", forgotten_password),
    ("twoFactorTemplate", "your code", second_factor_code),
    ("passwordlessTemplate", "sign in without a password", sign_in_code),
    ("registrationTemplate", "confirm your registration", registration_code),
];

/// The origin of the site with this key, or of the Store. A request contains a key and no URL, because anybody can send a request for any user.
fn site(key: &str) -> String {
    format!("${{(application.data.sites[{key}])!('http://store.spa-local-storage.localhost:#{{ENV.STOREFRONT_PORT}}')}}")
}

fn verification() -> Mail {
    let mail = Mail::new(t!("Confirm your email address")).text(t!("Someone, perhaps you, created an account with this email."));
    let mail = mail.link(t!("Confirm your email address"), site("user.data.site") + "/verify-email/${verificationId}");
    mail.text(t!("This link works for 24 hours.")).text(t!("If it wasn't you, the page behind the link deletes the account."))
}

fn forgotten_password() -> Mail {
    let occasions = format!(
        "[#if ((state.occasion)!'') == 'registration']{}[#elseif ((state.occasion)!'') == 'unverified']{}[#else]{}[/#if]",
        t!(
            "Someone, perhaps you, tried to create an account with this email. You already have one, so sign in with it. Have you forgotten \
             your password?"
        ),
        t!("You asked for a code to sign in. Nobody has confirmed yet that this email is yours, so choose a password first."),
        t!("Someone, perhaps you, asked for a new password for your account."),
    );
    let mail = Mail::new(t!("Choose a new password")).text(occasions);
    let mail = mail.link(t!("Choose a new password"), site("state.site") + "/change-password/${changePasswordId}");
    mail.text(t!("This link works for ten minutes.")).text(t!("If it wasn't you, ignore this email. Your password stays as it is."))
}

fn second_factor_code() -> Mail {
    let mail = Mail::new(t!("Your code")).code("${code}").text(t!("This code works for one minute."));
    mail.text(t!("If you didn't ask for it, tell it to nobody, and choose a new password."))
}

fn sign_in_code() -> Mail {
    let link = site("state.site") + "${(application.data.signInLinks[state.site])!'/verify-email#sign-in='}${code}.${oneTimeCode}";
    let mail = Mail::new(t!("Your code to sign in")).code("${oneTimeCode}").link(t!("Sign in"), link);
    mail.text(t!("The code and the link work for three minutes.")).text(t!("If you didn't ask for it, ignore this email."))
}

fn registration_code() -> Mail {
    let mail = Mail::new(t!("Confirm your registration")).code("${verificationOneTimeCode}");
    let mail = mail.text(t!("Enter this code to confirm your registration. It works for 24 hours."));
    mail.text(t!("If you didn't ask for it, ignore this email."))
}

/// A template as FusionAuth's API has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    name: String,
    default_from_name: &'static str,
    from_email: &'static str,
    default_subject: String,
    default_html_template: String,
    default_text_template: String,
    localized_subjects: BTreeMap<&'static str, String>,
    localized_html_templates: BTreeMap<&'static str, String>,
    localized_text_templates: BTreeMap<&'static str, String>,
}

impl Template {
    fn of(name: &str, mail: Message) -> Self {
        let footer = Footer { contact: Some("#{contact}".to_owned()), seller: Some("#{seller}".to_owned()) };
        let in_language = |language: Language| language.scope(|| mail().render(&footer));
        let RenderedMail { subject, html, text } = in_language(Language::English);
        let translated: Vec<_> = Language::ALL[1..].iter().map(|it| (it.tag(), in_language(*it))).collect();
        let part = |of: fn(&RenderedMail) -> &String| translated.iter().map(|(tag, mail)| (*tag, of(mail).clone())).collect();
        Self {
            name: format!("{}: {name}", App::Store.full_name()),
            default_from_name: App::Store.full_name(),
            from_email: "#{sender}",
            default_subject: subject,
            default_html_template: html,
            default_text_template: text,
            localized_subjects: part(|it| &it.subject),
            localized_html_templates: part(|it| &it.html),
            localized_text_templates: part(|it| &it.text),
        }
    }

    /// The text in the kickstart file, with the indentation of a request's body.
    fn in_file(&self) -> String {
        serde_json::to_string_pretty(self).unwrap().replace('\n', "\n        ")
    }
}

#[test]
fn fusionauths_templates_have_the_layout_of_the_servers_messages() {
    let written = std::fs::read_to_string(KICKSTART).unwrap();
    let mut expected = written.clone();
    for (id, name, mail) in TEMPLATES {
        let request = expected.find(&format!("/api/email/template/#{{{id}}}")).unwrap_or_else(|| panic!("no template {id}"));
        let begin = request + expected[request..].find("\"emailTemplate\": ").unwrap() + "\"emailTemplate\": ".len();
        let end = begin + expected[begin..].find("\n        }").unwrap() + "\n        }".len();
        expected.replace_range(begin..end, &Template::of(name, mail).in_file());
    }
    if std::env::var_os("UPDATE_TEMPLATES").is_some() {
        std::fs::write(KICKSTART, &expected).unwrap();
    }
    let of_this_shop = format!("\"defaultFromName\": \"{}\"", App::Store.full_name());
    assert_eq!(written.matches("\"defaultFromName\"").count(), written.matches(&of_this_shop).count(), "each sender has the shop's name");
    assert!(written == expected, "kickstart.json is out of date: run this test with UPDATE_TEMPLATES=1");
}

#[tokio::test]
async fn fusionauth_fills_each_template_in_each_language() {
    let cluster = TestCluster::start().await;
    for (_, name, mail) in TEMPLATES {
        let template = json!(Template::of(name, mail));
        for language in Language::ALL {
            let body = json!({"emailTemplate": template, "locale": language.tag()});
            let answer: Value = cluster.admin(Method::POST, "/api/email/template/preview", body).await.json().await.unwrap();
            let [html, text] = ["html", "text"].map(|part| answer["email"][part].as_str().unwrap());
            assert_eq!(answer["errors"].as_object().map(serde_json::Map::len), Some(0), "{name}: {answer}");
            assert!(
                html.contains(&format!("<html lang=\"{}\">", language.tag())) && !html.contains("${") && !text.contains("${"),
                "{html}"
            );
            assert!(html.split("href=\"").skip(1).all(|it| it.starts_with("http://store.")), "each link is absolute: {html}");
            assert!(html.lines().chain(text.lines()).all(|it| it.len() <= 998), "RFC 5322: {html}");
        }
    }
}
