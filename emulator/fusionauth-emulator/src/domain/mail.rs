//! Composes the messages that FusionAuth would send, and stores them instead of sending them.

use super::{Refusal, freemarker};
use crate::database;
use crate::model::{Application, Tenant, User};
use crate::state::{AppState, Message, Topic};
use serde_json::{Map, Value, json};
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

/// Where a message goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum To<'a> {
    /// The user's mailbox. A user without one gets no message.
    Mailbox,
    Email(&'a str),
    /// A phone number, which gets an SMS.
    Phone(&'a str),
}

/// Composes and stores a message.
pub(crate) async fn send(emulator: &AppState, topic: Topic, to: To<'_>, context: Context<'_>) -> Result<(), Refusal> {
    let (kind, id, receiver) = match to {
        To::Mailbox => ("emailTemplate", template_id(topic, context.tenant, context.application), context.user.and_then(User::mailbox)),
        To::Email(email) => ("emailTemplate", template_id(topic, context.tenant, context.application), Some(email)),
        To::Phone(number) => ("messageTemplate", message_template_id(topic, context.tenant, context.application), Some(number)),
    };
    let Some(receiver) = receiver.map(str::to_owned) else { return Ok(()) };
    let mut template = database::stored_resources::by_id(&emulator.database, kind, id).await?;
    if kind == "messageTemplate" {
        template = template.map(|it| {
            let (text, localized) = (&it["defaultTemplate"], &it["localizedTemplates"]);
            json!({"defaultSubject": "", "defaultTextTemplate": text, "fromEmail": "", "localizedTextTemplates": localized, "name": it["name"]})
        });
    }
    let languages = context.user.and_then(|it| it.preferred_languages.as_deref()).unwrap_or_default();
    compose(emulator, topic, receiver, template.as_ref(), languages, context);
    Ok(())
}

/// Composes and stores a message to a user about a committed change, if the application or the tenant has a template for it.
pub(crate) async fn notify(
    emulator: &AppState,
    topic: Topic,
    tenant: &Tenant,
    application: Option<&Application>,
    user: &User,
) -> Result<(), Refusal> {
    let Some(id) = template_id(topic, tenant, application) else { return Ok(()) };
    if database::stored_resources::by_id(&emulator.database, "emailTemplate", id).await?.is_none() {
        return Ok(());
    }
    let context = Context { tenant, application, user: Some(user), values: BTreeMap::new(), state: None };
    send(emulator, topic, To::Mailbox, context).await
}

/// A template's texts, filled.
pub(crate) struct Filled {
    pub(crate) from: String,
    /// The sender's name; empty if the template has none.
    pub(crate) from_name: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// What is wrong with the template, by the names of its parts. The topic's own texts replace these parts.
    pub(crate) errors: BTreeMap<&'static str, String>,
}

/// Fills a template and stores the message. The first of `languages` for which the template has texts applies, or else its default texts.
pub(crate) fn compose(emulator: &AppState, topic: Topic, to: String, template: Option<&Value>, languages: &[String], context: Context<'_>) {
    let Filled { from, from_name, subject, text, html, errors } = filled(topic, template, languages, &context);
    let name = template.and_then(|it| it["name"].as_str()).unwrap_or_default();
    for (part, error) in errors {
        tracing::error!("the email template {name:?} can't be filled, so its {part} was replaced: {error}");
    }
    let (id, instant, user_id) = (emulator.random.uuid(), emulator.clock.now_ms(), context.user.map(|it| it.id));
    emulator.sent_messages.push(Message { id, instant, topic, user_id, to, from, from_name, subject, text, html, values: context.values });
}

/// The texts of a message, from a template or else from the topic's own texts.
pub(crate) fn filled(topic: Topic, template: Option<&Value>, languages: &[String], context: &Context<'_>) -> Filled {
    let (data, mut errors) = (data(context), BTreeMap::new());
    let mut part = |localized: &str, name: &'static str, default: &str| {
        let own = template.and_then(|it| in_language(&it[localized], languages).or_else(|| it[name].as_str()));
        freemarker::fill(own.unwrap_or(default), &data).unwrap_or_else(|error| {
            errors.insert(name, error);
            freemarker::fill(default, &data).unwrap_or_default()
        })
    };
    let (subject, text) = default_template(topic);
    let from = part("", "fromEmail", "no-reply@example.com");
    let from_name = part("localizedFromNames", "defaultFromName", "");
    let subject = part("localizedSubjects", "defaultSubject", subject);
    let text = part("localizedTextTemplates", "defaultTextTemplate", text);
    let html = part("localizedHtmlTemplates", "defaultHtmlTemplate", "");
    Filled { from, from_name, subject, text, html, errors }
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

/// The email template that is configured for a topic. The application's takes precedence
/// (<https://fusionauth.io/docs/customize/email-and-messages/configuring-application-specific-email-templates>).
pub(crate) fn template_id(topic: Topic, tenant: &Tenant, application: Option<&Application>) -> Option<Uuid> {
    let email = &tenant.email_configuration;
    let own = application.map(|it| it.email_configuration.clone()).unwrap_or_default();
    let (own, of_tenant) = match topic {
        Topic::ForgotPassword => (own.forgot_password_email_template_id, email.forgot_password_email_template_id),
        Topic::SetPassword => (own.set_password_email_template_id, email.set_password_email_template_id),
        Topic::VerifyEmail => (own.email_verification_email_template_id, email.verification_email_template_id),
        Topic::EmailVerified => (own.email_verified_email_template_id, email.email_verified_email_template_id),
        Topic::VerifyRegistration => (application.and_then(|it| it.verification_email_template_id), None),
        Topic::TwoFactorCode => {
            let own = application.and_then(|it| it.multi_factor_configuration.email.template_id);
            (own, tenant.multi_factor_configuration.email.template_id)
        }
        Topic::Passwordless => (own.passwordless_email_template_id, email.passwordless_email_template_id),
        Topic::PasswordResetSuccess => (own.password_reset_success_email_template_id, email.password_reset_success_email_template_id),
        Topic::PasswordUpdate => (own.password_update_email_template_id, email.password_update_email_template_id),
        Topic::TwoFactorMethodAdd => (own.two_factor_method_add_email_template_id, email.two_factor_method_add_email_template_id),
        Topic::TwoFactorMethodRemove => (own.two_factor_method_remove_email_template_id, email.two_factor_method_remove_email_template_id),
        Topic::Chosen => (None, None),
    };
    own.or(of_tenant)
}

/// The message template that is configured for an SMS about a topic.
pub(crate) fn message_template_id(topic: Topic, tenant: &Tenant, application: Option<&Application>) -> Option<Uuid> {
    let (own, of_tenant) = (application.map(|it| &it.phone_configuration), &tenant.phone_configuration);
    match topic {
        Topic::ForgotPassword => own.and_then(|it| it.forgot_password_template_id).or(of_tenant.forgot_password_template_id),
        Topic::Passwordless => own.and_then(|it| it.passwordless_template_id).or(of_tenant.passwordless_template_id),
        Topic::TwoFactorCode => {
            let own = application.and_then(|it| it.multi_factor_configuration.sms.template_id);
            own.or(tenant.multi_factor_configuration.sms.template_id)
        }
        _ => None,
    }
}

/// Subject and text for a topic without a configured template.
const fn default_template(topic: Topic) -> (&'static str, &'static str) {
    match topic {
        Topic::ForgotPassword => ("Choose a new password", "Your id to choose a new password: ${changePasswordId}"),
        Topic::SetPassword => ("Choose a password", "Your id to choose a password: ${changePasswordId}"),
        Topic::VerifyEmail => ("Confirm your email address", "Your verification id: ${verificationId} ${verificationOneTimeCode!}"),
        Topic::VerifyRegistration => ("Verify your registration", "Your verification id: ${verificationId} ${verificationOneTimeCode!}"),
        Topic::TwoFactorCode => ("Your code", "Your code: ${code}"),
        Topic::Passwordless => ("Sign in", "Your code to sign in: ${code} ${oneTimeCode!}"),
        Topic::Chosen
        | Topic::EmailVerified
        | Topic::PasswordResetSuccess
        | Topic::PasswordUpdate
        | Topic::TwoFactorMethodAdd
        | Topic::TwoFactorMethodRemove => ("", ""),
    }
}

/// The values that a template can name.
fn data(context: &Context<'_>) -> Map<String, Value> {
    let Context { tenant, application, user, values, state } = context;
    let mut data: Map<String, Value> = values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let application = application.map(
        |it| json!({"data": it.data, "id": it.id, "name": it.name, "oauthConfiguration": {"clientId": it.id}, "tenantId": it.tenant_id}),
    );
    let objects = [
        ("application", application),
        ("state", state.cloned()),
        ("tenant", Some(json!({"id": tenant.id, "name": tenant.name}))),
        ("user", user.map(|it| json!(it))),
    ];
    data.extend(objects.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    data
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
}
