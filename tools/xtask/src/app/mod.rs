//! The build of the app: Cargo compiles it, `staging` collects its files, and `dist` makes the folder that is served.

pub mod build;
pub mod dist;
pub mod inline;
pub mod minify;
pub mod parts;
pub mod program;
pub mod staging;
pub mod trunk;
pub mod wasm_tools;
