//! Composes the messages that FusionAuth would send, and stores them instead of sending them.

use super::Refusal;
use crate::database;
use crate::model::{Application, Tenant, User};
use crate::state::{AppState, Message, Topic};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The values of a template's placeholders.
pub(crate) struct Context<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) application: Option<&'a Application>,
    pub(crate) user: Option<&'a User>,
    /// The ids and codes that the message contains.
    pub(crate) values: BTreeMap<String, String>,
    /// The `state` of the request that caused the message.
    pub(crate) state: Option<&'a Value>,
}

/// Composes and stores a message to the email `to`, or else to the user. A user without an email gets no message.
pub(crate) async fn send(emulator: &AppState, topic: Topic, to: Option<&str>, context: Context<'_>) -> Result<(), Refusal> {
    let Some(to) = to.or_else(|| context.user?.mailbox()) else { return Ok(()) };
    let to = to.to_owned();
    let template = match template_id(topic, context.tenant, context.application) {
        Some(id) => database::stored_resources::by_id(&emulator.database, "emailTemplate", id).await?,
        None => None,
    };
    let languages = context.user.and_then(|it| it.preferred_languages.as_deref()).unwrap_or_default();
    compose(emulator, topic, to, template.as_ref(), languages, context);
    Ok(())
}

/// A template's texts, filled.
pub(crate) struct Filled {
    pub(crate) from: String,
    /// The sender's name; empty if the template has none.
    pub(crate) from_name: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Fills a template and stores the message. The first of `languages` for which the template has texts applies, or else its default texts.
pub(crate) fn compose(emulator: &AppState, topic: Topic, to: String, template: Option<&Value>, languages: &[String], context: Context<'_>) {
    let Filled { from, from_name: _, subject, text, html } = filled(topic, template, languages, &context);
    let (id, instant, user_id) = (emulator.random.uuid(), emulator.clock.now_ms(), context.user.map(|it| it.id));
    emulator.sent_messages.push(Message { id, instant, topic, user_id, to, from, subject, text, html, values: context.values });
}

/// The texts of a message, from a template or else from the topic's own texts.
pub(crate) fn filled(topic: Topic, template: Option<&Value>, languages: &[String], context: &Context<'_>) -> Filled {
    let part = |localized: &str, name: &str, default: &str| {
        let own = template.and_then(|it| in_language(&it[localized], languages).or_else(|| it[name].as_str()));
        fill(own.unwrap_or(default), context)
    };
    let (subject, text) = default_template(topic);
    Filled {
        from: part("", "fromEmail", "no-reply@example.com"),
        from_name: part("localizedFromNames", "defaultFromName", ""),
        subject: part("localizedSubjects", "defaultSubject", subject),
        text: part("localizedTextTemplates", "defaultTextTemplate", text),
        html: part("localizedHtmlTemplates", "defaultHtmlTemplate", ""),
    }
}

/// The text in the first of `languages` that has one. Texts for a language, such as `de`, also serve for its countries, such as `de_AT`.
fn in_language<'a>(localized: &'a Value, languages: &[String]) -> Option<&'a str> {
    let texts = localized.as_object()?;
    languages.iter().find_map(|wanted| {
        let wanted = wanted.replace('-', "_");
        let language = wanted.split('_').next().unwrap_or_default();
        let text = |locale: &str| texts.iter().find(|(it, _)| it.replace('-', "_").eq_ignore_ascii_case(locale));
        text(&wanted).or_else(|| text(language)).and_then(|(_, text)| text.as_str())
    })
}

/// The template that is configured for a topic.
pub(crate) fn template_id(topic: Topic, tenant: &Tenant, application: Option<&Application>) -> Option<Uuid> {
    let email = &tenant.email_configuration;
    match topic {
        Topic::ForgotPassword => email.forgot_password_email_template_id,
        Topic::SetPassword => email.set_password_email_template_id,
        Topic::VerifyEmail => email.verification_email_template_id,
        Topic::VerifyRegistration => application.and_then(|it| it.verification_email_template_id),
        Topic::TwoFactorCode => tenant.multi_factor_configuration.email.template_id,
        Topic::Passwordless => application
            .and_then(|it| it.email_configuration.as_ref()?["passwordlessEmailTemplateId"].as_str()?.parse().ok())
            .or(email.passwordless_email_template_id),
        Topic::Chosen => None,
    }
}

/// Subject and text for a topic without a configured template.
const fn default_template(topic: Topic) -> (&'static str, &'static str) {
    match topic {
        Topic::ForgotPassword => ("Choose a new password", "Your id to choose a new password: ${changePasswordId}"),
        Topic::SetPassword => ("Choose a password", "Your id to choose a password: ${changePasswordId}"),
        Topic::VerifyEmail => ("Confirm your email address", "Your verification id: ${verificationId} ${verificationOneTimeCode}"),
        Topic::VerifyRegistration => ("Verify your registration", "Your verification id: ${verificationId} ${verificationOneTimeCode}"),
        Topic::TwoFactorCode => ("Your code", "Your code: ${code}"),
        Topic::Passwordless => ("Sign in", "Your code to sign in: ${code} ${oneTimeCode}"),
        Topic::Chosen => ("", ""),
    }
}

/// The template with each `${expression}` replaced. FusionAuth's templates are FreeMarker, of which the emulator knows only
/// paths such as `application.data.sites[state.site]`, their defaults, and `?html`. It leaves other expressions and directives unchanged.
fn fill(template: &str, context: &Context<'_>) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((expression, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        let (expression, is_html) = expression.strip_suffix("?html").map_or((expression, false), |it| (it, true));
        // `(user.firstName)!''` and `application.name!` have a default for a missing value.
        let (path, default) = match expression.split_once('!') {
            Some((path, default)) => (path.trim_matches(['(', ')', ' ']), Some(default.trim_matches(['(', ')', ' ', '"', '\'']))),
            None => (expression.trim(), None),
        };
        match (value(path, context), default) {
            (Some(value), _) if is_html => filled.push_str(&escaped(&value)),
            (Some(value), _) => filled.push_str(&value),
            (None, Some(default)) => filled.push_str(default),
            (None, None) if OPTIONAL.contains(&path) => {}
            (None, None) => filled.push_str(&format!("${{{expression}{}}}", if is_html { "?html" } else { "" })),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The text as FreeMarker's `?html` escapes it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Placeholders that become an empty text if the message has no value for them.
const OPTIONAL: [&str; 5] = ["verificationOneTimeCode", "verificationId", "changePasswordId", "code", "oneTimeCode"];

/// The text at a path of names with dots, such as `user.email`. In `application.data.sites[state.site]`, the value of `state.site` is
/// the last name.
fn value(path: &str, context: &Context<'_>) -> Option<String> {
    let Context { tenant, application, user, values, state } = context;
    if let Some(value) = values.get(path) {
        return Some(value.clone());
    }
    let (path, key) = match path.strip_suffix(']').and_then(|it| it.split_once('[')) {
        Some((path, key)) => (path, Some(value(key, context)?)),
        None => (path, None),
    };
    let (object, members) = path.split_once('.')?;
    let object = match object {
        "user" => serde_json::to_value((*user)?).ok()?,
        "application" => application.map(|it| json!({"id": it.id, "name": it.name, "data": it.data}))?,
        "tenant" => json!({"id": tenant.id, "name": tenant.name}),
        "state" => state.cloned()?,
        _ => return None,
    };
    let found = members.split('.').chain(key.as_deref()).try_fold(&object, |it, member| it.get(member))?;
    found.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_preferred_available_language_is_chosen() {
        let texts = json!({"de": "Hallo", "de_AT": "Servus", "fr": "Salut"});
        let rows = [
            (vec![], None),
            (vec!["en"], None),
            (vec!["de"], Some("Hallo")),
            (vec!["de-AT"], Some("Servus")),
            (vec!["de_CH"], Some("Hallo")),
            (vec!["it", "fr", "de"], Some("Salut")),
            (vec![""], None),
        ];
        for (languages, expected) in rows {
            let languages: Vec<String> = languages.into_iter().map(str::to_owned).collect();
            assert_eq!(in_language(&texts, &languages), expected, "{languages:?}");
            assert_eq!(in_language(&Value::Null, &languages), None);
        }
    }

    #[test]
    fn templates_are_filled() {
        let mut user = User::default();
        user.email = Some("a@b.c".to_owned());
        let values = [("changePasswordId", "X"), ("markup", "<a href=\"x\">&")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let tenant = Tenant::default();
        let mut application = Application::default();
        application.data = Some(json!({"sites": {"shop": "https://shop.test"}}));
        let state = json!({"site": "shop", "other": "https://evil.test"});
        let context = Context { tenant: &tenant, application: Some(&application), user: Some(&user), values, state: Some(&state) };
        let rows = [
            ("${(application.data.sites[state.site])!(\"https://default.test\")}/a", "https://shop.test/a"),
            ("${(application.data.sites[state.other])!(\"https://default.test\")}/a", "https://default.test/a"),
            ("${(application.data.sites[state.missing])!\"\"}|${application.data}", "|${application.data}"),
            ("?id=${changePasswordId}&c=${code}", "?id=X&c="),
            ("${markup}|${markup?html}|${unknown?html}", "<a href=\"x\">&|&lt;a href=&quot;x&quot;&gt;&amp;|${unknown?html}"),
            ("${user.email} ${(user.firstName)!''}${user.firstName!}|${tenant.name}", "a@b.c |Default"),
            ("${unknown} ${user.nothing} ${open", "${unknown} ${user.nothing} ${open"),
        ];
        for (text, expected) in rows {
            assert_eq!(fill(text, &context), expected);
        }
    }
}
