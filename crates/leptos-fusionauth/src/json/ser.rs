use serde::ser::{self, Impossible, Serialize};
use wasm_bindgen::JsValue;

/// Writes JSON text. Only what request bodies and stored records are made of: structs, sequences, options, strings,
/// booleans, integers and unit variants; everything else becomes `null`.
pub(super) fn to_text<T: Serialize>(value: &T) -> String {
    let mut text = String::new();
    match value.serialize(Writer(&mut text)) {
        Ok(()) => text,
        Err(Unsupported) => "null".to_owned(),
    }
}

struct Writer<'a>(&'a mut String);

/// Something that [`Writer`] does not write.
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

/// The browser's own quoting, for all escapes and lone surrogates.
fn quoted(text: &str) -> String {
    js_sys::JSON::stringify(&JsValue::from_str(text)).map(String::from).unwrap_or_default()
}

type Never = Impossible<(), Unsupported>;

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = Unsupported;
    type SerializeSeq = Members<'a>;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Never;

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
        self.push(&it.to_string())
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
        self.push(&it.to_string())
    }
    fn serialize_f32(self, _: f32) -> Result<(), Unsupported> {
        Err(Unsupported)
    }
    fn serialize_f64(self, _: f64) -> Result<(), Unsupported> {
        Err(Unsupported)
    }
    fn serialize_char(self, it: char) -> Result<(), Unsupported> {
        self.serialize_str(it.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, it: &str) -> Result<(), Unsupported> {
        self.push(&quoted(it))
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unsupported> {
        Err(Unsupported)
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
    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, _: &'static str, _: &T) -> Result<(), Unsupported> {
        Err(Unsupported)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'a>, Unsupported> {
        Ok(Members::open(self.0, '[', ']'))
    }
    fn serialize_tuple(self, _: usize) -> Result<Never, Unsupported> {
        Err(Unsupported)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, Unsupported> {
        Err(Unsupported)
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never, Unsupported> {
        Err(Unsupported)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Never, Unsupported> {
        Err(Unsupported)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Unsupported> {
        Ok(Members::open(self.0, '{', '}'))
    }
    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never, Unsupported> {
        Err(Unsupported)
    }
}

/// The members of an array or an object.
struct Members<'a> {
    text: &'a mut String,
    close: char,
    first: bool,
}

impl<'a> Members<'a> {
    fn open(text: &'a mut String, open: char, close: char) -> Self {
        text.push(open);
        Self { text, close, first: true }
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.text.push(',');
        }
    }

    fn finish(self) -> Result<(), Unsupported> {
        self.text.push(self.close);
        Ok(())
    }
}

impl ser::SerializeSeq for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unsupported> {
        self.separate();
        value.serialize(Writer(self.text))
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}

impl ser::SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unsupported> {
        self.separate();
        self.text.push_str(&quoted(key));
        self.text.push(':');
        value.serialize(Writer(self.text))
    }
    fn end(self) -> Result<(), Unsupported> {
        self.finish()
    }
}
