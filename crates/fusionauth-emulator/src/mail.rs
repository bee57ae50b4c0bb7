//! Messages that FusionAuth would send: they stay here, for people and tests to read at `/emulator/mail`. In memory only, for
//! they hold ids that the database keeps as hashes.

use crate::http::Refusal;
use crate::instance::Instance;
use crate::model::{Application, Tenant, User};
use crate::store;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The newest messages are kept.
const MOST: usize = 500;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Topic {
    ForgotPassword,
    SetPassword,
    VerifyEmail,
    VerifyRegistration,
    TwoFactorCode,
}

/// A message. It has no `Debug`: it holds ids and codes.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) id: Uuid,
    /// In milliseconds since 1970.
    pub(crate) instant: i64,
    pub(crate) topic: Topic,
    pub(crate) user_id: Uuid,
    /// An e-mail address, or a phone number.
    pub(crate) to: String,
    pub(crate) from: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// What the message is for: `changePasswordId`, `verificationId`, `code` and the like.
    pub(crate) values: BTreeMap<&'static str, String>,
}

/// All messages, oldest first.
#[derive(Default)]
pub(crate) struct Outbox(Mutex<Vec<Message>>);

impl Outbox {
    pub(crate) fn all(&self) -> Vec<Message> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn push(&self, message: Message) {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        messages.push(message);
        let surplus = messages.len().saturating_sub(MOST);
        messages.drain(..surplus);
    }
}

/// Writes to somebody; without an address there is nobody to write to.
pub(crate) async fn send(
    instance: &Instance,
    tenant: &Tenant,
    application: Option<&Application>,
    user: &User,
    topic: Topic,
    to: Option<&str>,
    values: BTreeMap<&'static str, String>,
) -> Result<(), Refusal> {
    let Some(to) = to.or(user.email.as_deref()) else { return Ok(()) };
    let template = match topic.template(tenant, application) {
        Some(id) => store::email_templates::by_id(&instance.database, id).await?,
        None => None,
    };
    let part = |name: &str, default: &str| {
        let text = template.as_ref().and_then(|it| it[name].as_str()).unwrap_or(default);
        filled(text, tenant, application, user, &values)
    };
    let (subject, text) = topic.default();
    let message = Message {
        id: instance.random.uuid(),
        instant: instance.clock.now_ms(),
        topic,
        user_id: user.id,
        to: to.to_owned(),
        from: part("fromEmail", "no-reply@example.com"),
        subject: part("defaultSubject", subject),
        text: part("defaultTextTemplate", text),
        html: part("defaultHtmlTemplate", ""),
        values,
    };
    instance.outbox.push(message);
    Ok(())
}

impl Topic {
    /// The template that is configured.
    pub(crate) fn template(self, tenant: &Tenant, application: Option<&Application>) -> Option<Uuid> {
        let email = &tenant.email_configuration;
        match self {
            Self::ForgotPassword => email.forgot_password_email_template_id,
            Self::SetPassword => email.set_password_email_template_id,
            Self::VerifyEmail => email.verification_email_template_id,
            Self::VerifyRegistration => application.and_then(|it| it.verification_email_template_id),
            Self::TwoFactorCode => tenant.multi_factor_configuration.email.template_id,
        }
    }

    /// Subject and text where no template is configured.
    const fn default(self) -> (&'static str, &'static str) {
        match self {
            Self::ForgotPassword => ("Choose a new password", "Your id to choose a new password: ${changePasswordId}"),
            Self::SetPassword => ("Choose a password", "Your id to choose a password: ${changePasswordId}"),
            Self::VerifyEmail => ("Verify your e-mail address", "Your verification id: ${verificationId} ${verificationOneTimeCode}"),
            Self::VerifyRegistration => ("Verify your registration", "Your verification id: ${verificationId} ${verificationOneTimeCode}"),
            Self::TwoFactorCode => ("Your code", "Your code: ${code}"),
        }
    }
}

/// The template with each `${name}` replaced. FusionAuth's templates are FreeMarker; expressions beside plain names, and
/// directives, stay as they are.
fn filled(text: &str, tenant: &Tenant, application: Option<&Application>, user: &User, values: &BTreeMap<&'static str, String>) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((expression, after)) = after.split_once('}') else { break };
        done.push_str(before);
        // `(user.firstName)!''` and `application.name!` have a default for what is missing.
        let (name, has_default) = match expression.split_once('!') {
            Some((name, _)) => (name.trim_matches(['(', ')', ' ']), true),
            None => (expression.trim(), false),
        };
        match value(name, tenant, application, user, values) {
            Some(value) => done.push_str(&value),
            None if has_default || KNOWN.contains(&name) => {}
            None => done.push_str(&format!("${{{expression}}}")),
        }
        rest = after;
    }
    done.push_str(rest);
    done
}

/// Values that a message may lack.
const KNOWN: [&str; 4] = ["verificationOneTimeCode", "verificationId", "changePasswordId", "code"];

fn value(
    name: &str,
    tenant: &Tenant,
    application: Option<&Application>,
    user: &User,
    values: &BTreeMap<&'static str, String>,
) -> Option<String> {
    if let Some(value) = values.get(name) {
        return Some(value.clone());
    }
    match name.split_once('.') {
        Some(("user", "password")) => None,
        Some(("user", member)) => serde_json::to_value(user).ok()?.get(member).and_then(Value::as_str).map(str::to_owned),
        Some(("application", "name")) => application.map(|it| it.name.clone()),
        Some(("application", "id")) => application.map(|it| it.id.to_string()),
        Some(("tenant", "name")) => Some(tenant.name.clone()),
        Some(("tenant", "id")) => Some(tenant.id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled() {
        let mut user = User::default();
        user.email = Some("a@b.c".to_owned());
        let values = BTreeMap::from([("changePasswordId", "X".to_owned())]);
        let rows = [
            ("?id=${changePasswordId}&c=${code}", "?id=X&c="),
            ("${user.email} ${(user.firstName)!''}${user.firstName!}|${tenant.name}", "a@b.c |Default"),
            ("${unknown} ${user.nothing} ${open", "${unknown} ${user.nothing} ${open"),
        ];
        for (text, expected) in rows {
            assert_eq!(filled(text, &Tenant::default(), None, &user, &values), expected);
        }
    }
}
