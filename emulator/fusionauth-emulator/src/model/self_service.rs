//! An application's settings for self-service registration (<https://fusionauth.io/docs/apis/applications>, `registrationConfiguration`).

use super::login_id::LoginIdType;
use super::stored::Stored;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether users can register themselves, and which fields the registration page has.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RegistrationConfiguration {
    birth_date: Requirable,
    pub(crate) confirm_password: bool,
    pub(crate) enabled: bool,
    first_name: Requirable,
    full_name: Requirable,
    last_name: Requirable,
    pub(crate) login_id_type: LoginIdType,
    middle_name: Requirable,
    mobile_phone: Requirable,
    preferred_languages: Requirable,
    #[serde(flatten)]
    rest: BTreeMap<String, Stored>,
}

/// Whether the page has a field, and whether the user must fill it in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Requirable {
    enabled: bool,
    required: bool,
}

/// A field of the registration page besides the login id and the password.
pub(crate) struct RegistrationField {
    /// The member of the user.
    pub(crate) member: &'static str,
    pub(crate) label: &'static str,
    /// The value of the attribute `autocomplete`.
    pub(crate) autocomplete: &'static str,
    pub(crate) is_required: bool,
}

impl RegistrationConfiguration {
    /// The enabled fields, in the order of the page.
    pub(crate) fn fields(&self) -> Vec<RegistrationField> {
        let all = [
            (self.first_name, "firstName", "First name", "given-name"),
            (self.middle_name, "middleName", "Middle name", "additional-name"),
            (self.last_name, "lastName", "Last name", "family-name"),
            (self.full_name, "fullName", "Full name", "name"),
            (self.birth_date, "birthDate", "Date of birth", "bday"),
            (self.mobile_phone, "mobilePhone", "Mobile phone", "tel"),
            (self.preferred_languages, "preferredLanguages", "Preferred languages, such as de or en_GB", "off"),
        ];
        let enabled = all.into_iter().filter(|(setting, ..)| setting.enabled);
        enabled
            .map(|(setting, member, label, autocomplete)| RegistrationField { member, label, autocomplete, is_required: setting.required })
            .collect()
    }
}
