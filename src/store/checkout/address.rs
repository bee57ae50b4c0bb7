//! The fields of a postal address. The page reads the inputs when it needs the values, because browsers may fill them in without an event.

use crate::ui::form::{self, Field, FieldErrorMessage, FormErrorSignal, TextField};
use leptos::{html, prelude::*};
use storefront_api::orders::{Address, COUNTRIES};
use storefront_messages::{Text, country_name, t};

const fn field(id: &'static str, error_id: &'static str, label: Text, name: &'static str, autocomplete: &'static str) -> TextField {
    TextField::new(Field { id, error_id }, label, name, autocomplete)
}

/// All fields, with the country last. Each field has the same name as the member of the request.
pub(super) const FIELDS: [TextField; 6] = [
    field("full-name", "full-name-error", Text::new("Full name"), "fullName", "name"),
    field("street", "street-error", Text::new("Street and house number"), "street", "address-line1"),
    TextField {
        required: None,
        ..field("street-extra", "street-extra-error", Text::new("Address line 2 (optional)"), "streetExtra", "address-line2")
    },
    field("postal-code", "postal-code-error", Text::new("Postal code"), "postalCode", "postal-code"),
    field("city", "city-error", Text::new("City"), "city", "address-level2"),
    field("country", "country-error", Text::new("Country"), "country", "country"),
];

/// A handle to the inputs: it is `Copy`.
#[derive(Clone, Copy)]
pub(super) struct AddressInputs {
    inputs: [NodeRef<html::Input>; 5],
    country: NodeRef<html::Select>,
}

impl AddressInputs {
    /// Inputs that are not shown yet.
    pub(super) fn new() -> Self {
        Self { inputs: [(); 5].map(|()| NodeRef::new()), country: NodeRef::new() }
    }

    /// The typed values.
    pub(super) fn read(self) -> Address {
        let [full_name, street, street_extra, postal_code, city] =
            self.inputs.map(|input| input.get_untracked().map(|input| input.value()).unwrap_or_default());
        let country = self.country.get_untracked().map(|select| select.value()).unwrap_or_default();
        Address { full_name, street, street_extra, postal_code, city, country }
    }
}

/// All fields of the postal address.
#[component]
pub(super) fn AddressFields(
    inputs: AddressInputs,
    /// The initial values of the fields.
    first: Address,
    /// The form's error.
    error: FormErrorSignal,
) -> impl IntoView {
    let values = [first.full_name, first.street, first.street_extra, first.postal_code, first.city];
    let fields = values.into_iter().zip(inputs.inputs).zip(FIELDS);
    let fields = fields.map(|((value, input), field)| view! { <AddressField field value error input/> }).collect_view();
    view! {
        {fields}
        <CountryField input=inputs.country chosen=first.country error/>
    }
}

/// Like [`TextInput`](crate::ui::form::TextInput), but with an initial value and a keyboard that capitalises each word.
#[component]
fn AddressField(field: TextField, value: String, error: FormErrorSignal, input: NodeRef<html::Input>) -> impl IntoView {
    let TextField { field, label, name, autocomplete, required, .. } = field;
    view! {
        <div class="field">
            <label for=field.id>{label.get()}</label>
            <FieldErrorMessage error field/>
            <input
                id=field.id
                name=name
                type="text"
                value=value
                autocomplete=autocomplete
                autocapitalize="words"
                spellcheck="false"
                aria-required=required
                aria-invalid=move || form::invalid(error, field)
                aria-describedby=move || form::described_by(error, field)
                node_ref=input
            />
        </div>
    }
}

/// The choice of the country.
#[component]
fn CountryField(input: NodeRef<html::Select>, chosen: String, error: FormErrorSignal) -> impl IntoView {
    let TextField { field, label, name, autocomplete, .. } = FIELDS[5];
    let options = COUNTRIES.map(|code| view! { <option value=code selected=code == chosen>{country_name(code)}</option> });
    view! {
        <div class="field">
            <label for=field.id>{label.get()}</label>
            <FieldErrorMessage error field/>
            <select
                id=field.id
                name=name
                autocomplete=autocomplete
                aria-required="true"
                aria-invalid=move || form::invalid(error, field)
                aria-describedby=move || form::described_by(error, field)
                node_ref=input
            >
                <option value="">{t!("Choose a country")}</option>
                {options.into_iter().collect_view()}
            </select>
        </div>
    }
}
