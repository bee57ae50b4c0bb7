//! A serde serializer that writes JSON text.

use serde::ser::{self, Serialize};
use wasm_bindgen::JsValue;

/// Writes JSON text, in the same shapes as `serde_json`. The linker drops the code of unused types.
pub(super) fn to_text<T: Serialize>(value: &T) -> String {
    let mut text = String::new();
    value.serialize(Writer(&mut text)).expect("a value that JSON can hold");
    text
}

struct Writer<'a>(&'a mut String);

/// The error for a value that JSON cannot hold: the key of a map is neither a text nor a number, or a type refuses to be serialised.
#[derive(Debug)]
struct Unsupported;

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unsupported")
    }
}

impl std::error::Error for Unsupported {}

impl ser::Error for Unsupported {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

impl Writer<'_> {
    fn push(self, text: &str) -> Result<(), Unsupported> {
        self.0.push_str(text);
        Ok(())
    }
}

/// Quotes a text with the browser's own function, which writes all escapes.
fn quoted(text: &str) -> String {
    js_sys::JSON::stringify(&JsValue::from_str(text)).map(String::from).unwrap_or_default()
}

/// The digits of an integer. The browser formats it, because `to_string` would add the code of `std::fmt` to the program.
fn integer(it: js_sys::BigInt) -> String {
    it.to_string(10).map(String::from).unwrap_or_default()
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = Unsupported;
    type SerializeSeq = Members<'a>;
    type SerializeTuple = Members<'a>;
    type SerializeTupleStruct = Members<'a>;
    type SerializeTupleVariant = Members<'a>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Members<'a>;

    fn serialize_bool(self, it: bool) -> Result<(), Unsupported> {
        self.push(if it { "true" } else { "false" })
    }
    fn serialize_i8(self, it: i8) -> Result<(), Unsupported> {
        self.serialize_i64(it.into())
    }
    fn serialize_i16(self, it: i16) -> Result<(), Unsupported> {
        self.serialize_i64(it.into())
    }
    fn serialize_i32(self, it: i32) -> Result<(), Unsupported> {
        self.serialize_i64(it.into())
    }
    fn serialize_i64(self, it: i64) -> Result<(), Unsupported> {
        self.push(&integer(it.into()))
    }
    fn serialize_u8(self, it: u8) -> Result<(), Unsupported> {
        self.serialize_u64(it.into())
    }
    fn serialize_u16(self, it: u16) -> Result<(), Unsupported> {
        self.serialize_u64(it.into())
    }
    fn serialize_u32(self, it: u32) -> Result<(), Unsupported> {
        self.serialize_u64(it.into())
    }
    fn serialize_u64(self, it: u64) -> Result<(), Unsupported> {
        self.push(&integer(it.into()))
    }
    fn serialize_f32(self, it: f32) -> Result<(), Unsupported> {
        self.serialize_f64(it.into())
    }
    fn serialize_f64(self, it: f64) -> Result<(), Unsupported> {
        // The browser formats the number. Infinities and NaN become `null`, as in JavaScript.
        self.push(&js_sys::JSON::stringify(&it.into()).map(String::from).unwrap_or_default())
    }
    fn serialize_char(self, it: char) -> Result<(), Unsupported> {
        self.serialize_str(it.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, it: &str) -> Result<(), Unsupported> {
        self.push(&quoted(it))
    }
    fn serialize_bytes(self, it: &[u8]) -> Result<(), Unsupported> {
        it.serialize(self)
    }
    fn serialize_none(self) -> Result<(), Unsupported> {
        self.push("null")
    }
    fn serialize_some<T: Serialize + ?Sized>(self, it: &T) -> Result<(), Unsupported> {
        it.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Unsupported> {
        self.push("null")
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unsupported> {
        self.push("null")
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Unsupported> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, it: &T) -> Result<(), Unsupported> {
        it.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        it: &T,
    ) -> Result<(), Unsupported> {
        let members = Members::open_variant(self.0, variant, "", "");
        it.serialize(Writer(members.text))?;
        members.finish()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'a>, Unsupported> {
        Ok(Members::open(self.0, "[", "]"))
    }
    fn serialize_tuple(self, _: usize) -> Result<Members<'a>, Unsupported> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Unsupported> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Members<'a>, Unsupported> {
        Ok(Members::open_variant(self.0, variant, "[", "]"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, Unsupported> {
        Ok(Members::open(self.0, "{", "}"))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Unsupported> {
        self.serialize_map(None)
    }
    fn serialize_struct_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Members<'a>, Unsupported> {
        Ok(Members::open_variant(self.0, variant, "{", "}"))
    }
}

/// The members of an array or an object.
struct Members<'a> {
    text: &'a mut String,
    close: &'static str,
    /// Whether these members are the content of an enum variant. A variant is written as an object with this content as its one member, so
    /// `finish` also closes that object.
    closes_variant: bool,
    first: bool,
}

impl<'a> Members<'a> {
    fn open(text: &'a mut String, open: &str, close: &'static str) -> Self {
        text.push_str(open);
        Self { text, close, closes_variant: false, first: true }
    }

    fn open_variant(text: &'a mut String, variant: &str, open: &str, close: &'static str) -> Self {
        text.push('{');
        text.push_str(&quoted(variant));
        text.push(':');
        Self { closes_variant: true, ..Self::open(text, open, close) }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unsupported> {
        if !std::mem::take(&mut self.first) {
            self.text.push(',');
        }
        value.serialize(Writer(self.text))
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Unsupported> {
        self.element(key)?;
        self.text.push(':');
        value.serialize(Writer(self.text))
    }

    fn finish(self) -> Result<(), Unsupported> {
        self.text.push_str(self.close);
        if self.closes_variant {
            self.text.push('}');
        }
        Ok(())
    }
}

impl ser::SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    /// Writes a key. A number is quoted, because JSON allows only texts as keys.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unsupported> {
        let mut text = String::new();
        key.serialize(Writer(&mut text))?;
        if text.starts_with(['{', '[', 'n']) {
            return Err(Unsupported);
        }
        if !text.starts_with('"') {
            text = quoted(&text);
        }
        if !std::mem::take(&mut self.first) {
            self.text.push(',');
        }
        self.text.push_str(&text);
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unsupported> {
        self.text.push(':');
        value.serialize(Writer(self.text))
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}

impl ser::SerializeSeq for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unsupported> {
        self.element(value)
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}

impl ser::SerializeTuple for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unsupported> {
        self.element(value)
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unsupported> {
        self.element(value)
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unsupported> {
        self.element(value)
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}

impl ser::SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unsupported> {
        self.field(key, value)
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unsupported> {
        self.field(key, value)
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}
