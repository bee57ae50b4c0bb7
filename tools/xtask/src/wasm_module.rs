//! Reads and writes the sections of a WebAssembly module, and the names of its imports and exports.
//!
//! All other sections are copied as bytes. The format is specified in
//! <https://webassembly.github.io/spec/core/binary/modules.html>.

use anyhow::{Context, bail};
use std::collections::BTreeMap;

const HEADER: &[u8; 8] = b"\0asm\x01\0\0\0";
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;
const CUSTOM: u8 = 0;

/// The name of the custom section with names, and the id of its list of functions.
const NAMES: &[u8] = b"name";
const FUNCTION_NAMES: u8 = 1;

/// The kinds of imports and exports.
const FUNCTION: u8 = 0;
const TABLE: u8 = 1;
const MEMORY: u8 = 2;
const GLOBAL: u8 = 3;

/// A module with imports and exports that can be renamed or removed.
pub struct Module {
    sections: Vec<Section>,
    pub imports: Vec<Import>,
    pub exports: Vec<Export>,
}

struct Section {
    id: u8,
    /// Empty for imports and exports, which `write` makes from the lists of the module.
    content: Vec<u8>,
}

/// A function that JavaScript provides, or the memory, a table or a global of another module.
pub struct Import {
    pub module: String,
    pub name: String,
    kind: u8,
    /// Its type, encoded as in the module.
    signature: Vec<u8>,
}

/// A function, memory, table or global that JavaScript or another module may use.
pub struct Export {
    pub name: String,
    kind: u8,
    index: u32,
}

impl Module {
    pub fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let body = bytes.strip_prefix(HEADER.as_slice()).context("this is no WebAssembly module of version 1")?;
        let mut module = Self { sections: Vec::new(), imports: Vec::new(), exports: Vec::new() };
        let mut reader = Reader(body);
        while !reader.0.is_empty() {
            let id = reader.byte()?;
            let length = reader.number()?;
            let content = reader.take(length)?;
            match id {
                IMPORTS => module.imports = imports(content)?,
                EXPORTS => module.exports = exports(content)?,
                _ => {}
            }
            let content = if matches!(id, IMPORTS | EXPORTS) { Vec::new() } else { content.to_vec() };
            module.sections.push(Section { id, content });
        }
        Ok(module)
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = HEADER.to_vec();
        for section in &self.sections {
            out.push(section.id);
            match section.id {
                IMPORTS => put_bytes(&mut out, &self.import_section()),
                EXPORTS => put_bytes(&mut out, &self.export_section()),
                _ => put_bytes(&mut out, &section.content),
            }
        }
        out
    }

    /// Exports everything that the module imports, by the same names.
    pub fn export_imports(&mut self) {
        let mut count = BTreeMap::new();
        for import in &self.imports {
            let index = count.entry(import.kind).or_insert(0);
            self.exports.push(Export { name: import.name.clone(), kind: import.kind, index: *index });
            *index += 1;
        }
        if self.sections.iter().any(|section| section.id == EXPORTS) {
            return;
        }
        // The export section comes before all sections with a greater id, except the tag section (0x0d), which comes before the exports.
        let place = self.sections.iter().position(|section| section.id > EXPORTS && section.id != 0x0d).unwrap_or(self.sections.len());
        self.sections.insert(place, Section { id: EXPORTS, content: Vec::new() });
    }

    /// The code of each function, in the order of the module.
    pub fn functions(&self) -> anyhow::Result<Vec<&[u8]>> {
        let Some(code) = self.sections.iter().find(|section| section.id == CODE) else { return Ok(Vec::new()) };
        let mut reader = Reader(&code.content);
        let count = reader.number()?;
        (0..count).map(|_| reader.number().and_then(|length| reader.take(length))).collect()
    }

    /// Names the functions by their places in `order`, so that an order by name is this order. Replaces all names of the module.
    pub fn name_functions(&mut self, order: &[usize]) {
        let imported = self.imports.iter().filter(|import| import.kind == FUNCTION).count();
        let mut names: Vec<(usize, usize)> = order.iter().enumerate().map(|(place, &function)| (function, place)).collect();
        names.sort_unstable();
        let mut map = Vec::new();
        put_number(&mut map, names.len());
        for (function, place) in names {
            put_number(&mut map, imported + function);
            put_bytes(&mut map, format!("{place:06}").as_bytes());
        }
        let mut content = Vec::new();
        put_bytes(&mut content, NAMES);
        content.push(FUNCTION_NAMES);
        put_bytes(&mut content, &map);
        let mut start = Vec::new();
        put_bytes(&mut start, NAMES);
        self.sections.retain(|section| section.id != CUSTOM || !section.content.starts_with(&start));
        self.sections.push(Section { id: CUSTOM, content });
    }

    fn import_section(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_number(&mut out, self.imports.len());
        for import in &self.imports {
            put_bytes(&mut out, import.module.as_bytes());
            put_bytes(&mut out, import.name.as_bytes());
            out.push(import.kind);
            out.extend_from_slice(&import.signature);
        }
        out
    }

    fn export_section(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_number(&mut out, self.exports.len());
        for export in &self.exports {
            put_bytes(&mut out, export.name.as_bytes());
            out.push(export.kind);
            put_number(&mut out, export.index as usize);
        }
        out
    }
}

fn imports(content: &[u8]) -> anyhow::Result<Vec<Import>> {
    let mut reader = Reader(content);
    let count = reader.number()?;
    let mut imports = Vec::new();
    for _ in 0..count {
        let (module, name) = (reader.text()?, reader.text()?);
        let kind = reader.byte()?;
        let before = reader.0;
        match kind {
            FUNCTION => drop(reader.number()?),
            TABLE => {
                reader.byte()?;
                reader.limits()?;
            }
            MEMORY => reader.limits()?,
            GLOBAL => drop(reader.take(2)?),
            _ => bail!("the import {name} of {module} is of the unknown kind {kind}"),
        }
        let signature = before[..before.len() - reader.0.len()].to_vec();
        imports.push(Import { module, name, kind, signature });
    }
    Ok(imports)
}

fn exports(content: &[u8]) -> anyhow::Result<Vec<Export>> {
    let mut reader = Reader(content);
    let count = reader.number()?;
    let mut exports = Vec::new();
    for _ in 0..count {
        exports.push(Export { name: reader.text()?, kind: reader.byte()?, index: reader.number()? });
    }
    Ok(exports)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> anyhow::Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, count: u32) -> anyhow::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count as usize).context("the WebAssembly module ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    /// An unsigned 32-bit number in LEB128.
    fn number(&mut self) -> anyhow::Result<u32> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(number).context("a number in the WebAssembly module is too large");
            }
        }
        bail!("a number in the WebAssembly module is too long")
    }

    /// Skips the size of a table or a memory: a minimum, and an optional maximum.
    fn limits(&mut self) -> anyhow::Result<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Ok(())
    }

    fn text(&mut self) -> anyhow::Result<String> {
        let length = self.number()?;
        Ok(String::from_utf8(self.take(length)?.to_vec())?)
    }
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (module (type (func)) (import "m" "one" (func)) (func) (export "run" (func 1)) with an empty body)
    const SMALL: &[u8] =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x09\x01\x01m\x03one\0\0\x03\x02\x01\0\x07\x07\x01\x03run\0\x01\x0a\x04\x01\x02\0\x0b";

    #[test]
    fn an_unchanged_module_is_written_as_it_was_read() -> anyhow::Result<()> {
        assert_eq!(Module::parse(SMALL)?.write(), SMALL);
        Ok(())
    }

    #[test]
    fn only_names_change() -> anyhow::Result<()> {
        let mut module = Module::parse(SMALL)?;
        module.imports[0].name = "x".repeat(200);
        module.exports.clear();
        let again = Module::parse(&module.write())?;
        assert_eq!(again.imports[0].name.len(), 200);
        assert_eq!(again.imports[0].module, "m");
        assert!(again.exports.is_empty());
        assert_eq!(again.sections.len(), 5);
        Ok(())
    }

    /// (module (import "m" "memory" (memory 1)) (import "m" "table" (table 2 3 funcref)) (import "m" "top" (global (mut i32))))
    const IMPORTING: &[u8] =
        b"\0asm\x01\0\0\0\x02\x23\x03\x01m\x06memory\x02\0\x01\x01m\x05table\x01\x70\x01\x02\x03\x01m\x03top\x03\x7f\x01";

    #[test]
    fn a_memory_a_table_and_a_global_are_passed_on() -> anyhow::Result<()> {
        let mut module = Module::parse(IMPORTING)?;
        assert_eq!(module.write(), IMPORTING);
        module.export_imports();
        let again = Module::parse(&module.write())?;
        let exports: Vec<_> = again.exports.iter().map(|export| (export.name.as_str(), export.kind, export.index)).collect();
        assert_eq!(exports, [("memory", MEMORY, 0), ("table", TABLE, 0), ("top", GLOBAL, 0)]);
        Ok(())
    }

    #[test]
    fn functions_are_named_by_their_places() -> anyhow::Result<()> {
        let mut module = Module::parse(SMALL)?;
        assert_eq!(module.functions()?, [b"\0\x0b"]);
        for _ in 0..2 {
            module.name_functions(&[0]);
            let names = b"\0\x10\x04name\x01\x09\x01\x01\x06000000";
            assert_eq!(module.write(), [SMALL, names].concat());
        }
        Ok(())
    }

    #[test]
    fn a_damaged_module_is_an_error() {
        for end in 9..SMALL.len() - 1 {
            let is_section_border = [14, 25, 29, 38].contains(&end);
            assert_eq!(Module::parse(&SMALL[..end]).is_ok(), is_section_border, "cut after {end} bytes");
        }
        assert!(Module::parse(b"<!doctype html>").is_err());
    }

    #[test]
    fn a_written_number_is_read_again() -> anyhow::Result<()> {
        for number in [0, 1, 127, 128, 300, 16_383, 16_384, u32::MAX] {
            let mut bytes = Vec::new();
            put_number(&mut bytes, number as usize);
            assert_eq!(Reader(&bytes).number()?, number);
        }
        Ok(())
    }
}
