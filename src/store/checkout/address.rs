//! The fields of an address. They are uncontrolled and read when they are needed, because browsers fill in addresses without an event.

use crate::ui::form::{self, Field, FormErrorSignal, TextField};
use leptos::{html, prelude::*};
use storefront_api::orders::{Address, COUNTRIES};
use storefront_messages::{Text, country_name, t};

const fn field(id: &'static str, error_id: &'static str, label: Text, name: &'static str, autocomplete: &'static str) -> TextField {
    TextField::new(Field { id, error_id }, label, name, autocomplete)
}

/// All fields, the country last, by the names of the request's members.
pub(super) const FIELDS: [TextField; 6] = [
    field("full-name", "full-name-error", Text::new("Full name"), "fullName", "name"),
    field("street", "street-error", Text::new("Street and number"), "street", "address-line1"),
    TextField {
        required: None,
        ..field("street-extra", "street-extra-error", Text::new("Second line (optional)"), "streetExtra", "address-line2")
    },
    field("postal-code", "postal-code-error", Text::new("Postal code"), "postalCode", "postal-code"),
    field("city", "city-error", Text::new("City"), "city", "address-level2"),
    field("country", "country-error", Text::new("Country"), "country", "country"),
];

/// The inputs. A handle: copy it into whatever needs it.
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

    /// What is typed.
    pub(super) fn read(self) -> Address {
        let [full_name, street, street_extra, postal_code, city] =
            self.inputs.map(|input| input.get_untracked().map(|input| input.value()).unwrap_or_default());
        let country = self.country.get_untracked().map(|select| select.value()).unwrap_or_default();
        Address { full_name, street, street_extra, postal_code, city, country }
    }

    /// The fields, with `first` in them.
    pub(super) fn view(self, first: &Address, error: FormErrorSignal) -> AnyView {
        let values = [&first.full_name, &first.street, &first.street_extra, &first.postal_code, &first.city];
        let fields = values.into_iter().zip(self.inputs).zip(FIELDS);
        let fields: Vec<_> = fields.map(|((value, input), field)| text_field(field, value.clone(), error, input)).collect();
        view! { {fields}{self.country(first.country.clone(), error)} }.into_any()
    }

    fn country(self, chosen: String, error: FormErrorSignal) -> AnyView {
        let TextField { field, label, name, autocomplete, .. } = FIELDS[5];
        let options = COUNTRIES.map(|code| view! { <option value=code selected=code == chosen>{country_name(code)}</option> }.into_any());
        view! {
            <div class="field">
                <label for=field.id>{label.get()}</label>
                {form::field_error(error, field)}
                <select
                    id=field.id
                    name=name
                    autocomplete=autocomplete
                    aria-required="true"
                    aria-invalid=form::invalid(error, field)
                    aria-describedby=form::described_by(error, field)
                    node_ref=self.country
                >
                    <option value="">{t!("Choose a country")}</option>
                    {options.into_iter().collect::<Vec<_>>()}
                </select>
            </div>
        }
        .into_any()
    }
}

/// As `ui::form` has it, with capitals at the beginning of each word.
fn text_field(text_field: TextField, value: String, error: FormErrorSignal, node_ref: NodeRef<html::Input>) -> AnyView {
    let TextField { field, label, name, autocomplete, required, .. } = text_field;
    view! {
        <div class="field">
            <label for=field.id>{label.get()}</label>
            {form::field_error(error, field)}
            <input
                id=field.id
                name=name
                type="text"
                value=value
                autocomplete=autocomplete
                autocapitalize="words"
                spellcheck="false"
                aria-required=required
                aria-invalid=form::invalid(error, field)
                aria-describedby=form::described_by(error, field)
                node_ref=node_ref
            />
        </div>
    }
    .into_any()
}
