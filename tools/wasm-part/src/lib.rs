//! Marks the functions at which a WebAssembly program is divided into parts, so that a page does not load code before it needs it.
//!
//! `wasm-splitter` divides a linked program wherever one function calls another through an import and an export with matching names. The
//! attribute [`macro@part`] writes such a pair. Code that only one part calls becomes a file of its own.
//!
//! The macro `wasm_split` of the crate `wasm_split_helpers` writes the same names, and also an asynchronous function that loads the part.
//! An app that renders its pages by a synchronous `match` would need one more such function per page. It also needs its own states for a
//! part that is loading, has failed or is loaded.

use proc_macro::{Span, TokenStream};
use quote::quote;
use syn::{Error, FnArg, ItemFn, LitStr, Pat, parse_macro_input};

/// Moves a function into the part with this name.
///
/// ```
/// use wasm_part::part;
///
/// fn assert_part_is_loaded(part: &str) {
///     assert_eq!(part, "account", "this part is not loaded");
/// }
///
/// #[part("account")]
/// pub fn greeting(name: &str) -> String {
///     format!("Good day, {name}")
/// }
///
/// fn main() {
///     assert_eq!(greeting("Ada"), "Good day, Ada");
/// }
/// ```
///
/// With `--cfg storefront_split`, a call traps if the part is not loaded. Without that flag, this is an ordinary function. With debug
/// assertions it then first calls `crate::assert_part_is_loaded`, which must panic if the app has not loaded the part, so that a missing
/// load is found before the release build.
///
/// The linker's names come from the part, the file and the function's name. If one file has two functions of that name in a part, rustc
/// reports that the symbol is already defined.
#[proc_macro_attribute]
pub fn part(name: TokenStream, function: TokenStream) -> TokenStream {
    let part = parse_macro_input!(name as LitStr).value();
    let ItemFn { attrs, vis, sig, block } = parse_macro_input!(function as ItemFn);
    let mut arguments = Vec::new();
    for argument in &sig.inputs {
        match argument {
            FnArg::Typed(typed) if matches!(*typed.pat, Pat::Ident(_)) => arguments.push(&typed.pat),
            other => return Error::new_spanned(other, "a function of a part takes named arguments only").into_compile_error().into(),
        }
    }
    let (inputs, output) = (&sig.inputs, &sig.output);
    let id = id_of(&[&part, &Span::call_site().file(), &sig.ident.to_string()]);
    let import = format!("__wasm_split_00{part}00_import_{id:032x}");
    let export = format!("__wasm_split_00{part}00_export_{id:032x}");
    quote! {
        #(#attrs)*
        #vis #sig {
            #[cfg(storefront_split)]
            {
                #[link(wasm_import_module = "__wasm_split_placeholder__")]
                unsafe extern "C" {
                    #[link_name = #import]
                    #[allow(improper_ctypes)]
                    safe fn import(#inputs) #output;
                }

                #[unsafe(export_name = #export)]
                #[allow(improper_ctypes_definitions)]
                extern "C" fn export(#inputs) #output #block

                import(#(#arguments),*)
            }
            #[cfg(not(storefront_split))]
            {
                #[cfg(debug_assertions)]
                crate::assert_part_is_loaded(#part);
                #block
            }
        }
    }
    .into()
}

/// A 128-bit FNV-1a hash. The splitter expects 32 hexadecimal digits, and the standard library's hashes may change with the compiler.
fn id_of(texts: &[&str]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}
