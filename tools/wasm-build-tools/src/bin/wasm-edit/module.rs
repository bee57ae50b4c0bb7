//! Reads and writes the names of a WebAssembly module's imports, exports and functions. All other sections are copied as bytes.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, ImportSection, NameMap, NameSection, RawSection, Section, SectionId};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// A module with imports and exports that can be renamed or removed.
#[derive(Default)]
pub(crate) struct Module {
    /// The sections with their ids. Those of imports and exports are empty, because `write` makes them from the lists below.
    sections: Vec<(u8, Vec<u8>)>,
    pub(crate) imports: Vec<Import>,
    pub(crate) exports: Vec<Export>,
    /// The code of each function, in the order of the module.
    pub(crate) functions: Vec<Vec<u8>>,
    /// The new names of the functions, by their indices. The old names stay if this is empty.
    names: NameMap,
}

/// A function that JavaScript provides, or the memory, a table or a global of another module.
pub(crate) struct Import {
    pub(crate) module: String,
    pub(crate) name: String,
    signature: TypeRef,
}

/// A function, memory, table or global that JavaScript or another module may use.
pub(crate) struct Export {
    pub(crate) name: String,
    kind: ExternalKind,
    index: u32,
}

const IMPORTS: u8 = SectionId::Import as u8;
const EXPORTS: u8 = SectionId::Export as u8;

impl Module {
    pub(crate) fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                let content = if matches!(id, IMPORTS | EXPORTS) { &[] } else { &bytes[range.start as usize..range.end as usize] };
                module.sections.push((id, content.to_vec()));
            }
            match payload {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let wasmparser::Import { module: from, name, ty } = import?;
                        module.imports.push(Import { module: from.to_owned(), name: name.to_owned(), signature: ty });
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let wasmparser::Export { name, kind, index } = export?;
                        module.exports.push(Export { name: name.to_owned(), kind, index });
                    }
                }
                Payload::CodeSectionEntry(body) => module.functions.push(body.as_bytes().to_vec()),
                _ => {}
            }
        }
        Ok(module)
    }

    pub(crate) fn write(&self) -> anyhow::Result<Vec<u8>> {
        let mut out = wasm_encoder::Module::new();
        for (id, content) in &self.sections {
            match *id {
                IMPORTS => {
                    let mut imports = ImportSection::new();
                    for import in &self.imports {
                        imports.import(&import.module, &import.name, RoundtripReencoder.entity_type(import.signature)?);
                    }
                    out.section(&imports)
                }
                EXPORTS => {
                    let mut exports = ExportSection::new();
                    for export in &self.exports {
                        exports.export(&export.name, RoundtripReencoder.export_kind(export.kind)?, export.index);
                    }
                    out.section(&exports)
                }
                id => out.section(&RawSection { id, data: content }),
            };
        }
        let mut out = out.finish();
        if !self.names.is_empty() {
            let mut names = NameSection::new();
            names.functions(&self.names);
            names.append_to(&mut out);
        }
        Ok(out)
    }

    /// Exports everything that the module imports, by the same names.
    pub(crate) fn export_imports(&mut self) {
        for (at, import) in self.imports.iter().enumerate() {
            let kind = kind_of(import.signature);
            let index = self.imports[..at].iter().filter(|earlier| kind_of(earlier.signature) == kind).count() as u32;
            self.exports.push(Export { name: import.name.clone(), kind, index });
        }
        if self.sections.iter().all(|(id, _)| *id != EXPORTS) {
            // The export section comes before all sections with a greater id, except that of tags, which comes before the exports.
            let place = self.sections.iter().position(|(id, _)| *id > EXPORTS && *id != SectionId::Tag as u8);
            self.sections.insert(place.unwrap_or(self.sections.len()), (EXPORTS, Vec::new()));
        }
    }

    /// Names the functions by their places in `order`, so that an order by name is this order. Replaces all names of the module.
    pub(crate) fn name_functions(&mut self, order: &[usize]) {
        let imported = self.imports.iter().filter(|import| kind_of(import.signature) == ExternalKind::Func).count();
        let mut names: Vec<(usize, usize)> = order.iter().enumerate().map(|(place, &function)| (function, place)).collect();
        names.sort_unstable();
        for (function, place) in names {
            self.names.append((imported + function) as u32, &format!("{place:06}"));
        }
        // A custom section begins with its name and the length of that.
        self.sections.retain(|(id, content)| *id != SectionId::Custom as u8 || !content.starts_with(b"\x04name"));
    }
}

fn kind_of(signature: TypeRef) -> ExternalKind {
    match signature {
        TypeRef::Func(_) | TypeRef::FuncExact(_) => ExternalKind::Func,
        TypeRef::Table(_) => ExternalKind::Table,
        TypeRef::Memory(_) => ExternalKind::Memory,
        TypeRef::Global(_) => ExternalKind::Global,
        TypeRef::Tag(_) => ExternalKind::Tag,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (module (type (func)) (import "m" "one" (func)) (func) (export "run" (func 1)) with an empty body)
    const SMALL: &[u8] =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x09\x01\x01m\x03one\0\0\x03\x02\x01\0\x07\x07\x01\x03run\0\x01\x0a\x04\x01\x02\0\x0b";

    #[test]
    fn an_unchanged_module_is_written_as_it_was_read() -> anyhow::Result<()> {
        assert_eq!(Module::parse(SMALL)?.write()?, SMALL);
        Ok(())
    }

    #[test]
    fn only_names_change() -> anyhow::Result<()> {
        let mut module = Module::parse(SMALL)?;
        module.imports[0].name = "x".repeat(200);
        module.exports.clear();
        let again = Module::parse(&module.write()?)?;
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
        assert_eq!(module.write()?, IMPORTING);
        module.export_imports();
        let again = Module::parse(&module.write()?)?;
        let exports: Vec<_> = again.exports.iter().map(|export| (export.name.as_str(), export.kind, export.index)).collect();
        assert_eq!(exports, [("memory", ExternalKind::Memory, 0), ("table", ExternalKind::Table, 0), ("top", ExternalKind::Global, 0)]);
        Ok(())
    }

    #[test]
    fn functions_are_named_by_their_places() -> anyhow::Result<()> {
        let names = b"\0\x10\x04name\x01\x09\x01\x01\x06000000";
        let mut written = SMALL.to_vec();
        for _ in 0..2 {
            let mut module = Module::parse(&written)?;
            assert_eq!(module.functions, [b"\0\x0b"]);
            module.name_functions(&[0]);
            written = module.write()?;
            assert_eq!(written, [SMALL, names].concat());
        }
        Ok(())
    }
}
