//! Marks the functions at which a WebAssembly program is divided into parts, so that a page first loads only what it first shows.
//!
//! `wasm-splitter` divides a linked program wherever one function calls another through an import and an export with names that belong
//! together. [`part_function`] writes such a pair. Code that only one part calls becomes a file of its own.
//!
//! The macro `wasm_split` of the crate `wasm_split_helpers` writes the same names, and with them an asynchronous function that loads the
//! part. An app that renders its pages by a synchronous `match` would need one more such function per page, besides its own state of
//! loading, failed and loaded.

/// Declares a function that belongs to a part, with the part's name before it:
///
/// ```
/// wasm_part::part_function! { "account", pub fn greeting(name: &str) -> String { format!("Good day, {name}") } }
///
/// assert_eq!(greeting("Ada"), "Good day, Ada");
/// ```
///
/// With `--cfg storefront_split`, a call before the part is loaded is a trap. Without it this is an ordinary function.
#[macro_export]
macro_rules! part_function {
    ($part:literal, $(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $output:ty $body:block) => {
        $(#[$meta])*
        $visibility fn $name($($argument: $type),*) -> $output {
            #[cfg(storefront_split)]
            {
                #[link(wasm_import_module = "__wasm_split_placeholder__")]
                unsafe extern "C" {
                    // The names need 32 hexadecimal digits that no other function of the part has.
                    #[link_name = ::core::concat!(
                        "__wasm_split_00", $part, "00_import_", ::core::line!(), "f", ::core::column!(), "f00000000000000000000000000000000"
                    )]
                    #[allow(improper_ctypes)]
                    safe fn import($($argument: $type),*) -> $output;
                }

                #[unsafe(export_name = ::core::concat!(
                    "__wasm_split_00", $part, "00_export_", ::core::line!(), "f", ::core::column!(), "f00000000000000000000000000000000"
                ))]
                #[allow(improper_ctypes_definitions)]
                extern "C" fn export($($argument: $type),*) -> $output {
                    $body
                }
                import($($argument),*)
            }
            #[cfg(not(storefront_split))]
            $body
        }
    };
}
