//! A serde deserializer over values that the browser's JSON parser has returned.

use super::DecodeError;
use js_sys::{Array, Object, Reflect};
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor, value::StringDeserializer};
use wasm_bindgen::{JsCast, JsValue};

/// A parsed JSON value as a serde data source.
///
/// Integers are numbers below 2^53 that have no fraction, because JavaScript holds larger ones inexactly. Enums are read from strings, so
/// they can have only unit variants. Each type is read by its own function, because `deserialize_any` would link the code of all types. A
/// type that calls `deserialize_any`, such as an untagged enum, can't be read from an object.
pub(super) struct Value(pub(super) JsValue);

impl Value {
    fn is_absent(&self) -> bool {
        self.0.is_null() || self.0.is_undefined()
    }

    fn integer(&self) -> Result<i64, DecodeError> {
        let number = self.0.as_f64().filter(|it| it.fract() == 0.0 && it.abs() <= MAX_SAFE_INTEGER);
        number.map(|it| it as i64).ok_or(DecodeError)
    }

    fn elements(self) -> Result<Elements, DecodeError> {
        if Array::is_array(&self.0) { Ok(Elements { array: self.0.unchecked_into(), next: 0 }) } else { Err(DecodeError) }
    }

    fn fields(self, fields: &'static [&'static str]) -> Result<Fields, DecodeError> {
        if self.0.is_object() && !Array::is_array(&self.0) {
            Ok(Fields { object: self.0, fields: fields.iter() })
        } else {
            Err(DecodeError)
        }
    }
}

/// The messages are dropped: see [`DecodeError`]. Every constructor is overridden, because the default ones format the value.
impl de::Error for DecodeError {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }
    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }
    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }
    fn missing_field(_: &'static str) -> Self {
        Self
    }
    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

macro_rules! read_as {
    ($visit:ident, $read:expr, $($deserialize:ident)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let read: fn(&Self) -> Result<_, DecodeError> = $read;
            visitor.$visit(read(&self)?)
        })*
    };
}

impl<'de> de::Deserializer<'de> for Value {
    type Error = DecodeError;

    read_as!(visit_bool, |it| it.0.as_bool().ok_or(DecodeError), deserialize_bool);
    read_as!(visit_i64, Value::integer, deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64);
    read_as!(visit_i64, Value::integer, deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);
    read_as!(visit_f64, |it| it.0.as_f64().ok_or(DecodeError), deserialize_f32 deserialize_f64);
    read_as!(visit_string, |it| it.0.as_string().ok_or(DecodeError), deserialize_char deserialize_str deserialize_string deserialize_identifier);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_absent() {
            visitor.visit_unit()
        } else if let Some(it) = self.0.as_bool() {
            visitor.visit_bool(it)
        } else if let Some(it) = self.0.as_string() {
            visitor.visit_string(it)
        } else if let Ok(it) = self.integer() {
            visitor.visit_i64(it)
        } else if let Some(it) = self.0.as_f64() {
            visitor.visit_f64(it)
        } else {
            self.deserialize_seq(visitor)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_absent() { visitor.visit_unit() } else { Err(DecodeError) }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_absent() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(self.elements()?)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let object = self.0.dyn_into::<Object>().map_err(|_| DecodeError)?;
        visitor.visit_map(Entries { entries: Object::entries(&object), next: 0, value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_seq(self.fields(fields)?)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, DecodeError> {
        let variant: StringDeserializer<DecodeError> = self.0.as_string().ok_or(DecodeError)?.into_deserializer();
        visitor.visit_enum(variant)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    serde::forward_to_deserialize_any! { i128 u128 bytes byte_buf unit_struct tuple_struct }
}

/// The largest integer that a JavaScript number holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

struct Elements {
    array: Array,
    next: u32,
}

impl Elements {
    fn next(&mut self) -> Option<Value> {
        let at = self.next;
        self.next += 1;
        (at < self.array.length()).then(|| Value(self.array.get(at)))
    }
}

impl<'de> de::SeqAccess<'de> for Elements {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        self.next().map(|it| seed.deserialize(it)).transpose()
    }
}

/// The fields of a struct, looked up in the object by name. Other members are never read, so they are never copied into the wasm.
///
/// The visitor gets the values as a sequence, in the order of the fields. If the visitor also got the names,
/// derived code would have to compare each of them again. This comparison would be half of the code for a struct. Therefore a field can't
/// have an alias.
struct Fields {
    object: JsValue,
    fields: std::slice::Iter<'static, &'static str>,
}

impl Fields {
    fn next(&mut self) -> Option<Value> {
        let field = self.fields.next()?;
        Some(Value(Reflect::get(&self.object, &JsValue::from_str(field)).unwrap_or_default()))
    }
}

impl<'de> de::SeqAccess<'de> for Fields {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some(value) = self.next() else { return Ok(None) };
        let is_missing = value.0.is_undefined();
        match seed.deserialize(value) {
            // `None` tells the visitor that this field is missing. It then uses the field's default, or fails.
            Err(DecodeError) if is_missing => Ok(None),
            read => read.map(Some),
        }
    }
}

/// All entries of an object, for maps.
struct Entries {
    entries: Array,
    next: u32,
    value: Option<JsValue>,
}

impl<'de> de::MapAccess<'de> for Entries {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        if self.next == self.entries.length() {
            return Ok(None);
        }
        let entry: Array = self.entries.get(self.next).unchecked_into();
        self.next += 1;
        self.value = Some(entry.get(1));
        seed.deserialize(Value(entry.get(0))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        seed.deserialize(Value(self.value.take().ok_or(DecodeError)?))
    }
}
