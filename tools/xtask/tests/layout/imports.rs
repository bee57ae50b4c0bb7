//! Finds which file imports which, as the compiler does: it reads the tree of modules first, and then follows each path to the file that
//! defines its name.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::Visit;
use syn::{Attribute, File, Ident, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// The files of one target (a library, a program, a test), by their path below the folder of its root file.
pub struct Sources {
    /// The root file, such as `lib.rs`.
    pub root: PathBuf,
    pub files: BTreeMap<PathBuf, String>,
}

impl Sources {
    pub fn read(root: &Path) -> Self {
        let folder = root.parent().expect("a file is in a folder");
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(&next).expect("a folder of sources is readable").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    let relative = path.strip_prefix(folder).unwrap_or(&path).to_owned();
                    files.insert(relative, std::fs::read_to_string(&path).expect("a source is UTF-8"));
                }
            }
        }
        Self { root: root.strip_prefix(folder).unwrap_or(root).to_owned(), files }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub from: PathBuf,
    pub to: PathBuf,
}

/// The imports of a target, and all of its files.
pub struct Imports {
    pub files: BTreeSet<PathBuf>,
    pub imports: BTreeSet<Import>,
}

impl Imports {
    /// The folder of a file. `cart.rs` with submodules in `cart/` belongs to `cart`, as `cart/mod.rs` would.
    pub fn folder(&self, file: &Path) -> PathBuf {
        let own = file.with_extension("");
        let has_submodules = self.files.iter().any(|other| other.starts_with(&own));
        if has_submodules { own } else { file.parent().unwrap_or(Path::new("")).to_owned() }
    }
}

pub fn imports(sources: &Sources) -> Imports {
    let mut tree = Tree::default();
    tree.add_file(sources, sources.root.clone(), Vec::new());
    let mut imports = BTreeSet::new();
    for (module, at) in &tree.modules {
        for path in &at.uses {
            if let Some(to) = tree.resolve(module, path, 0).filter(|to| *to != at.file) {
                imports.insert(Import { from: at.file.clone(), to });
            }
        }
    }
    Imports { files: tree.modules.into_values().map(|module| module.file).collect(), imports }
}

type ModulePath = Vec<String>;

#[derive(Default)]
struct Tree {
    modules: BTreeMap<ModulePath, Module>,
}

#[derive(Default)]
struct Module {
    file: PathBuf,
    /// The names of `use` declarations, re-exports included, with the path of each.
    names: BTreeMap<String, ModulePath>,
    /// The modules of glob imports.
    globs: Vec<ModulePath>,
    /// The names that the module defines.
    items: BTreeSet<String>,
    /// Every path in the module's code. The path of a re-export is not in this list, because the module itself does not use the name.
    uses: BTreeSet<ModulePath>,
}

impl Tree {
    fn add_file(&mut self, sources: &Sources, file: PathBuf, module: ModulePath) {
        let text = sources.files.get(&file).unwrap_or_else(|| panic!("{} is not among the sources", file.display()));
        let parsed: File = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.add_items(sources, &file, module, &parsed.items);
    }

    fn add_items(&mut self, sources: &Sources, file: &Path, module: ModulePath, items: &[Item]) {
        let mut reader = Reader { module: Module { file: file.to_owned(), ..Module::default() } };
        for item in items {
            if let Item::Mod(inner) = item {
                // A module with `#[path]` is a file of another crate, which belongs to that crate's check.
                if is_for_tests(&inner.attrs) || inner.attrs.iter().any(|it| it.path().is_ident("path")) {
                    continue;
                }
                let path = [module.clone(), vec![inner.ident.to_string()]].concat();
                match &inner.content {
                    Some((_, items)) => self.add_items(sources, file, path, items),
                    None => self.add_file(sources, file_of(sources, &path), path),
                }
            } else {
                reader.module.items.extend(name_of(item).map(Ident::to_string));
                reader.visit_item(item);
            }
        }
        self.modules.insert(module, reader.module);
    }

    /// The file that defines the name at the end of `path`, as `module` writes it. `None` for local names and those of other crates.
    fn resolve(&self, module: &[String], path: &[String], depth: u8) -> Option<PathBuf> {
        // A cycle of re-exports does not compile. The bound ends a search that finds one by mistake.
        let (first, rest) = path.split_first().filter(|_| depth < 16)?;
        match first.as_str() {
            "crate" => self.descend(&[], rest, depth),
            "self" => self.descend(module, rest, depth),
            "super" => self.resolve_in_parent(module, rest, depth),
            name if self.modules.contains_key(&child(module, name)) && !rest.is_empty() => self.descend(&child(module, name), rest, depth),
            name => {
                let known = self.modules.get(module)?.names.get(name).filter(|known| *known != path)?;
                self.resolve(module, &[known, rest].concat(), depth + 1)
            }
        }
    }

    fn resolve_in_parent(&self, module: &[String], rest: &[String], depth: u8) -> Option<PathBuf> {
        let (_, parent) = module.split_last()?;
        match rest.split_first() {
            Some((next, after)) if next == "super" => self.resolve_in_parent(parent, after, depth),
            _ => self.descend(parent, rest, depth),
        }
    }

    fn descend(&self, module: &[String], path: &[String], depth: u8) -> Option<PathBuf> {
        let here = self.modules.get(module)?;
        let Some((name, rest)) = path.split_first() else { return Some(here.file.clone()) };
        let inner = child(module, name);
        if self.modules.contains_key(&inner) {
            return self.descend(&inner, rest, depth);
        }
        if let Some(known) = here.names.get(name)
            && let Some(file) = self.resolve(module, &[known, rest].concat(), depth + 1)
        {
            return Some(file);
        }
        if here.items.contains(name) {
            return Some(here.file.clone());
        }
        let through_glob = |glob: &ModulePath| {
            let target = self.module_at(module, glob, depth + 1)?;
            let defines = self.modules.get(&target).is_some_and(|it| it.items.contains(name) || it.names.contains_key(name));
            defines.then(|| self.descend(&target, path, depth + 1)).flatten()
        };
        here.globs.iter().find_map(through_glob).or_else(|| Some(here.file.clone()))
    }

    /// The module of a glob import, if it belongs to this target.
    fn module_at(&self, module: &[String], path: &[String], depth: u8) -> Option<ModulePath> {
        if depth >= 16 {
            return None;
        }
        let mut at = module.to_vec();
        for (position, name) in path.iter().enumerate() {
            match name.as_str() {
                "crate" if position == 0 => at.clear(),
                "self" if position == 0 => {}
                "super" => {
                    at.pop()?;
                }
                name => at.push(name.to_owned()),
            }
        }
        self.modules.contains_key(&at).then_some(at)
    }
}

fn child(module: &[String], name: &str) -> ModulePath {
    [module, &[name.to_owned()]].concat()
}

/// `a/b.rs` or `a/b/mod.rs` for the module `a::b`.
fn file_of(sources: &Sources, module: &[String]) -> PathBuf {
    let folder: PathBuf = module.iter().collect();
    let file = folder.with_extension("rs");
    if sources.files.contains_key(&file) { file } else { folder.join("mod.rs") }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && attribute.parse_args::<Ident>().is_ok_and(|it| it == "test"))
}

fn name_of(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(it) => Some(&it.ident),
        Item::Enum(it) => Some(&it.ident),
        Item::Fn(it) => Some(&it.sig.ident),
        Item::Static(it) => Some(&it.ident),
        Item::Struct(it) => Some(&it.ident),
        Item::Trait(it) => Some(&it.ident),
        Item::Type(it) => Some(&it.ident),
        Item::Union(it) => Some(&it.ident),
        Item::Macro(it) => it.ident.as_ref(),
        _ => None,
    }
}

/// Collects the paths of one module's code.
struct Reader {
    module: Module,
}

impl Reader {
    fn add(&mut self, path: ModulePath) {
        // A path of one segment counts only if a `use` declaration imports its name. Otherwise it is a local name, such as a variable.
        if path.len() > 1 || path.first().is_some_and(|name| self.module.names.contains_key(name)) {
            self.module.uses.insert(path);
        }
    }

    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path = ModulePath::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if colons == 2 => path.push(name.to_string()),
                TokenTree::Ident(name) => self.add(std::mem::replace(&mut path, vec![name.to_string()])),
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => {
                    self.add(std::mem::take(&mut path));
                    self.add_tokens(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => self.add(std::mem::take(&mut path)),
            }
            colons = 0;
        }
        self.add(path);
    }

    fn add_use(&mut self, tree: &UseTree, prefix: &[String], is_re_export: bool) {
        match tree {
            UseTree::Path(path) => self.add_use(&path.tree, &child(prefix, &path.ident.to_string()), is_re_export),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use(tree, prefix, is_re_export)),
            UseTree::Glob(_) => {
                self.module.globs.push(prefix.to_vec());
                if !is_re_export {
                    self.module.uses.insert(prefix.to_vec());
                }
            }
            UseTree::Name(name) if name.ident == "self" => self.add_name(prefix.last().cloned(), prefix.to_vec(), is_re_export),
            UseTree::Name(name) => self.add_name(Some(name.ident.to_string()), child(prefix, &name.ident.to_string()), is_re_export),
            UseTree::Rename(name) => self.add_name(Some(name.rename.to_string()), child(prefix, &name.ident.to_string()), is_re_export),
        }
    }

    fn add_name(&mut self, name: Option<String>, path: ModulePath, is_re_export: bool) {
        self.module.names.extend(name.map(|name| (name, path.clone())));
        if !is_re_export {
            self.module.uses.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.add_use(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.add_tokens(call.tokens.clone());
    }

    /// Attributes are not visited, because their paths name options and traits of other crates.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    /// Inline modules are not visited, because the tree of modules has them already.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}
}
