//! Marks the functions at which a WebAssembly program is divided into parts, so that a page does not load code before it needs it.
//!
//! `wasm-splitter` divides a linked program wherever one function calls another through an import and an export with matching names.
//! [`part_function`] writes such a pair. Code that only one part calls becomes a file of its own.
//!
//! The macro `wasm_split` of the crate `wasm_split_helpers` writes the same names, and also an asynchronous function that loads the part.
//! An app that renders its pages by a synchronous `match` would need one more such function per page. It also needs its own states for a
//! part that is loading, has failed or is loaded.

/// Declares a function that belongs to a part. The part's name stands before the function:
///
/// ```
/// wasm_part::part_function! { "account", pub fn greeting(name: &str) -> String { format!("Good day, {name}") } }
///
/// assert_eq!(greeting("Ada"), "Good day, Ada");
/// ```
///
/// With `--cfg storefront_split`, a call traps if the part is not loaded. Without that flag, this is an ordinary function.
#[macro_export]
macro_rules! part_function {
    ($part:literal, $(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $output:ty $body:block) => {
        $(#[$meta])*
        $visibility fn $name($($argument: $type),*) -> $output {
            #[cfg(storefront_split)]
            {
                #[link(wasm_import_module = "__wasm_split_placeholder__")]
                unsafe extern "C" {
                    // Each name needs 32 hexadecimal digits that no other function of the part has. They come from its line and column. If
                    // two files have functions of one part at the same line and column, rustc reports that the symbol is already defined.
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
