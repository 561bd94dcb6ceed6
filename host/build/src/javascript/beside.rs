//! Files that code reads from beside itself: `fs.readFileSync(path.join(__dirname, 'style.css'))`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use oxc::ast::ast::{
    BinaryExpression, BinaryOperator, BindingPattern, CallExpression, Expression, NewExpression, Program,
    StaticMemberExpression, TemplateLiteral, VariableDeclarator,
};
use oxc::ast_visit::{Visit, walk};

use super::paths::normal;
use super::scan::FOLDER;

/// The SDK's module that has them.
pub(super) const FILES: &str = "doverb/files";
/// Node's modules that read files.
pub(super) const READERS: [&str; 2] = ["fs", "fs/promises"];
/// What becomes of a folder that is read is at most this many files.
const MAX_FILES: usize = 500;

/// Where an expression leads, seen from the module.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Itself,
    /// From its folder on.
    Beside(PathBuf),
}

/// The files and folders that the code speaks of, from its own folder on.
pub(super) fn places(program: &Program<'_>) -> BTreeSet<PathBuf> {
    let mut reader = Reader::default();
    reader.visit_program(program);
    reader.found
}

/// The files that these places are, within the folder of the package. A module that asks for none of the readers may have another
/// package read what it names; of folders it would have to say more.
pub(super) fn files(
    module: &Path,
    package: &Path,
    places: &BTreeSet<PathBuf>,
    is_reader: bool,
) -> Vec<PathBuf> {
    let folder = module.parent().unwrap_or(package);
    let mut files = BTreeSet::new();
    for place in places.iter().map(|place| normal(&folder.join(place))) {
        // A folder that the module is in itself is only the beginning of a name.
        if !place.starts_with(package) || module.starts_with(&place) {
            continue;
        }
        if !is_reader && (!place.is_file() || is_code(&place)) {
            continue;
        }
        let mut found = BTreeSet::new();
        if gather(&place, &mut found) {
            files.extend(found);
        }
    }
    files.into_iter().collect()
}

/// Whether a file is there to be run, or to be asked for as a module.
fn is_code(path: &Path) -> bool {
    const CODE: [&str; 9] = ["cjs", "cts", "js", "json", "mjs", "mts", "node", "ts", "wasm"];
    path.extension().and_then(|ending| ending.to_str()).is_none_or(|ending| CODE.contains(&ending))
}

/// Whether there are not too many.
fn gather(place: &Path, found: &mut BTreeSet<PathBuf>) -> bool {
    // What is a link may lead anywhere.
    let Ok(metadata) = place.symlink_metadata() else { return true };
    if metadata.is_file() {
        found.insert(place.to_owned());
    } else if metadata.is_dir() && place.file_name().is_some_and(|name| name != "node_modules") {
        let Ok(entries) = place.read_dir() else { return true };
        return entries.flatten().all(|entry| gather(&entry.path(), found)) && found.len() <= MAX_FILES;
    }
    found.len() <= MAX_FILES
}

/// The module that puts a file where the code will look for it.
pub(super) fn module(name: &str, content: &[u8]) -> String {
    // A byte a character, which the engine keeps as such.
    let (text, is_text) = match std::str::from_utf8(content) {
        Ok(text) => (text.to_owned(), true),
        Err(_) => (content.iter().map(|byte| char::from(*byte)).collect(), false),
    };
    let text = serde_json::to_string(&text).expect("a text is JSON");
    let name = serde_json::to_string(name).expect("a text is JSON");
    format!("import {{ put }} from '{FILES}';\nput({name}, {text}, {is_text});\n")
}

#[derive(Default)]
struct Reader {
    found: BTreeSet<PathBuf>,
    variables: BTreeMap<String, Place>,
}

impl Reader {
    fn place(&self, expression: &Expression<'_>) -> Option<Place> {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => self.named(name.name.as_str()),
            Expression::StaticMemberExpression(member) => of_meta(member),
            Expression::CallExpression(call) => self.called(call),
            Expression::NewExpression(made) => self.url(made),
            Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
                joined(self.place(&sum.left)?, &literal(&sum.right)?, true)
            }
            Expression::TemplateLiteral(template) => self.template(template, true),
            _ => None,
        }
    }

    fn named(&self, name: &str) -> Option<Place> {
        match name {
            FOLDER => Some(Place::Beside(PathBuf::new())),
            "__filename" => Some(Place::Itself),
            _ => self.variables.get(name).cloned(),
        }
    }

    /// `path.join(__dirname, 'a', 'b')`, `fileURLToPath(import.meta.url)`, `path.dirname(...)`.
    fn called(&self, call: &CallExpression<'_>) -> Option<Place> {
        let name = match call.callee.get_inner_expression() {
            Expression::Identifier(name) => name.name.as_str(),
            Expression::StaticMemberExpression(member) => member.property.name.as_str(),
            _ => return None,
        };
        let first = self.place(call.arguments.first()?.as_expression()?)?;
        match name {
            "join" | "resolve" => {
                let mut place = first;
                for part in &call.arguments[1..] {
                    place = joined(place, &literal(part.as_expression()?)?, false)?;
                }
                Some(place)
            }
            "dirname" => Some(match first {
                Place::Itself => Place::Beside(PathBuf::new()),
                Place::Beside(path) => Place::Beside(path.join("..")),
            }),
            "fileURLToPath" | "normalize" => Some(first),
            _ => None,
        }
    }

    /// `new URL('./a', import.meta.url)`.
    fn url(&self, made: &NewExpression<'_>) -> Option<Place> {
        let is_url = matches!(&made.callee, Expression::Identifier(name) if name.name == "URL");
        let [name, base] = &made.arguments[..] else { return None };
        if !is_url || self.place(base.as_expression()?)? != Place::Itself {
            return None;
        }
        let name = literal(name.as_expression()?)?;
        (!name.contains(':')).then(|| Place::Beside(PathBuf::from(name)))
    }

    /// `${__dirname}/a`; unless all of it is wanted, as far as it is known.
    fn template(&self, template: &TemplateLiteral<'_>, is_whole: bool) -> Option<Place> {
        let [first, rest, ..] = &template.quasis[..] else { return None };
        if !first.value.raw.is_empty() || is_whole && template.expressions.len() > 1 {
            return None;
        }
        joined(self.place(template.expressions.first()?)?, &rest.value.raw, true)
    }

    /// As much of the arguments of a join as is known.
    fn beginning(&self, call: &CallExpression<'_>) -> Option<Place> {
        let Expression::StaticMemberExpression(member) = &call.callee else { return None };
        if !["join", "resolve"].contains(&member.property.name.as_str()) {
            return None;
        }
        let mut place = self.place(call.arguments.first()?.as_expression()?)?;
        for part in call.arguments[1..].iter().map_while(|part| literal(part.as_expression()?)) {
            place = joined(place, &part, false)?;
        }
        Some(place)
    }

    fn keep(&mut self, place: Option<Place>) -> bool {
        match place {
            Some(Place::Beside(path)) if !path.as_os_str().is_empty() => {
                self.found.insert(path);
                true
            }
            found => found.is_some(),
        }
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if let (BindingPattern::BindingIdentifier(name), Some(init)) = (&it.id, &it.init)
            && let Some(place) = self.place(init)
        {
            self.variables.insert(name.name.to_string(), place);
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        let place = self.called(it).or_else(|| self.beginning(it));
        if !self.keep(place) {
            walk::walk_call_expression(self, it);
        }
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        let place = self.url(it);
        if !self.keep(place) {
            walk::walk_new_expression(self, it);
        }
    }

    fn visit_binary_expression(&mut self, it: &BinaryExpression<'a>) {
        let place = match it.operator {
            BinaryOperator::Addition => {
                literal(&it.right).and_then(|text| joined(self.place(&it.left)?, &text, true))
            }
            _ => None,
        };
        if !self.keep(place) {
            walk::walk_binary_expression(self, it);
        }
    }

    fn visit_template_literal(&mut self, it: &TemplateLiteral<'a>) {
        let place = self.template(it, false);
        if !self.keep(place) {
            walk::walk_template_literal(self, it);
        }
    }
}

/// A place with a text behind it: as it stands there, or as a name in a folder.
fn joined(place: Place, text: &str, is_sum: bool) -> Option<Place> {
    let Place::Beside(path) = place else { return None };
    if text.contains(['\0', '\\']) || is_sum && !text.starts_with('/') && !path.as_os_str().is_empty() {
        return None;
    }
    Some(Place::Beside(path.join(text.trim_start_matches('/'))))
}

/// What a module knows of itself: `import.meta.url`.
fn of_meta(member: &StaticMemberExpression<'_>) -> Option<Place> {
    let is_meta = matches!(&member.object, Expression::ImportMeta(_));
    match member.property.name.as_str() {
        "dirname" if is_meta => Some(Place::Beside(PathBuf::new())),
        "url" | "filename" if is_meta => Some(Place::Itself),
        _ => None,
    }
}

fn literal(expression: &Expression<'_>) -> Option<String> {
    match expression.get_inner_expression() {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        Expression::TemplateLiteral(template) => template.single_quasi().map(|text| text.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::translate::{Manner, Origin, Promises, translate};

    fn places(code: &str) -> Vec<String> {
        let code = format!("const fs = require('fs'); exports.a = 1;{code}");
        let manner = Manner::new(Origin::Package, Promises::Engine);
        let scan = translate(Path::new("a.js"), &code, &manner).unwrap().scan;
        scan.beside.iter().map(|place| place.display().to_string()).collect()
    }

    #[test]
    fn files_beside_a_module_are_known_by_how_their_names_are_made() {
        assert_eq!(places("path.join(__dirname, '..', '/public/style.css')"), ["../public/style.css"]);
        assert_eq!(places("__dirname + '/data/a.afm'; `${__dirname}/b.txt`"), ["b.txt", "data/a.afm"]);
        assert_eq!(places("path.resolve(__dirname, 'data', name)"), ["data"]);
        assert_eq!(
            places("`${__dirname}/data/${name}.afm`; __dirname + '/more/' + name"),
            ["data/", "more/"]
        );
        assert_eq!(places("const here = path.dirname(__filename); join(here, 'x')"), ["x"]);
        assert_eq!(places("path.join(__dirname, name); __dirname; other + '/a'"), Vec::<String>::new());
    }
}
