//! What of a module has to become something else when it is linked: the modules that it asks for, in each of the ways
//! that JavaScript has, and the names that it takes for granted.

use std::collections::BTreeSet;
use std::path::PathBuf;

use oxc::ast::ast::{
    AssignmentExpression, AssignmentTarget, BinaryOperator, CallExpression, ConditionalExpression,
    Expression, IdentifierReference, IfStatement, ImportDeclaration, ImportDeclarationSpecifier,
    ImportExpression, LogicalExpression, LogicalOperator, ObjectProperty, Program, StaticMemberExpression,
    StringLiteral, TryStatement, UnaryExpression, UnaryOperator, WithClause,
};
use oxc::ast_visit::{Visit, walk};
use oxc::semantic::Scoping;
use oxc::span::{GetSpan, Span};
use oxc::syntax::module_record::ModuleRecord;

use super::insisted::insisted;
use super::{beside, node};

/// What `process.env.NODE_ENV` is in a component.
pub(super) const NODE_ENV: &str = "production";
/// The names of the object that globals are members of.
const GLOBAL_OBJECTS: [&str; 4] = ["globalThis", "self", "global", "window"];

/// The name of a CommonJS module's folder.
pub(super) const FOLDER: &str = "__dirname";

/// Members of globals that cost something themselves.
const MEMBERS: [&str; 9] = [
    "subtle",
    "fromAsync",
    "toLocaleString",
    "toLocaleDateString",
    "toLocaleTimeString",
    "localeCompare",
    "toLocaleUpperCase",
    "toLocaleLowerCase",
    TIME_ZONE,
];
const ATOMICS: &str = "Atomics";
/// The option that wants time zones, in whatever object.
const TIME_ZONE: &str = "timeZone";

/// What those take of the global object who fetch.
const OF_FETCH: [&str; 6] = ["fetch", "AbortController", "FormData", "ReadableStream", "Request", "Response"];

/// What a module may ask of itself.
const METAS: [&str; 4] = ["dirname", "filename", "main", "url"];
const ADD_LISTENER: &str = "addEventListener";
/// What a program of the older kind for Workers begins with.
pub(super) const FETCH_EVENT: &str = "addEventListener(fetch)";

const REGEXP_STATICS: [&str; 14] = [
    "$1",
    "$2",
    "$3",
    "$4",
    "$5",
    "$6",
    "$7",
    "$8",
    "$9",
    "input",
    "lastMatch",
    "lastParen",
    "leftContext",
    "rightContext",
];

/// Which way a module asks for another one: packages may have a file for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Way {
    Import,
    Require,
}

/// One place where a module asks for another one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) specifier: String,
    pub(super) way: Way,
    pub(super) form: Form,
    /// The bytes of the code that hold the specifier, quotes included.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether the code goes on without the module: it is asked for in a `try`.
    pub(super) is_optional: bool,
}

/// How the request is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `import ... from`, `export ... from`.
    Static,
    /// `import()`, and its own bytes.
    Dynamic(usize, usize),
    /// `require()`, which stays as it is: its module has a function of that name.
    Call,
}

/// `* as name` of an import, and its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Namespace {
    pub(super) specifier: String,
    pub(super) local: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All that a scan finds.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// By their places.
    pub(super) requests: Vec<Request>,
    pub(super) namespaces: Vec<Namespace>,
    /// Where an import says what kind of file it wants: `with { type: 'json' }`.
    pub(super) attributes: Vec<(usize, usize)>,
    /// Where `process.env.NODE_ENV` is read.
    pub(super) node_env: Vec<(usize, usize)>,
    /// Names that the module uses and does not define, and members of what may be the global object or `crypto`.
    pub(super) free: BTreeSet<String>,
    /// Whether it gives values to names that nobody has declared, which makes globals of them in code that is not strict.
    pub(super) makes_globals: bool,
    /// Where a module asks what it is itself, and what of that: `import.meta.url`.
    pub(super) metas: Vec<(usize, usize, String)>,
    /// Names of which the module asks by `typeof` whether they are there.
    pub(super) asked: BTreeSet<String>,
    /// Those of which it asks only to throw an error where they are not.
    pub(super) insisted: BTreeSet<String>,
    /// What it may read of the files beside it.
    pub(super) beside: BTreeSet<PathBuf>,
}

impl Scan {
    pub(super) fn of(program: &Program<'_>, record: &ModuleRecord<'_>, scoping: &Scoping) -> Scan {
        let unresolved = scoping.root_unresolved_references();
        let free = unresolved.keys().map(|name| name.to_string()).collect();
        let mut written = unresolved.values().flatten();
        let makes_globals = written.any(|reference| scoping.get_reference(*reference).is_write());
        let scan = Scan { free, makes_globals, ..Scan::default() };
        let mut scanner = Scanner { scan, tries: 0, fetching: BTreeSet::new(), keeps_global: false };
        let requested = record.requested_modules.iter().flat_map(|(name, places)| {
            places.iter().filter(|place| !place.is_type).map(|place| (name.to_string(), place.span))
        });
        for (specifier, span) in requested {
            scanner.request(specifier, Way::Import, Form::Static, span);
        }
        scanner.visit_program(program);
        let Scanner { mut scan, fetching, keeps_global, .. } = scanner;
        if keeps_global && fetching.contains("fetch") {
            scan.free.extend(fetching);
        }
        scan.requests.sort_by_key(|request| request.start);
        if [FOLDER, "__filename"].iter().any(|name| scan.free.contains(*name)) || !scan.metas.is_empty() {
            scan.beside = beside::places(program);
        }
        scan
    }

    /// Whether it asks for a module that reads files.
    pub(super) fn reads(&self) -> bool {
        let mut modules = self.requests.iter().filter_map(|request| node::module(&request.specifier));
        modules.any(|name| beside::READERS.contains(&name))
    }

    /// Whether the code speaks of what CommonJS modules are given.
    pub(super) fn is_common(&self) -> bool {
        ["module", "exports", "require", FOLDER, "__filename"].iter().any(|name| self.free.contains(*name))
    }
}

struct Scanner {
    scan: Scan,
    /// How many `try` the code is in.
    tries: usize,
    /// What belongs to `fetch`, of the members that the code speaks of.
    fetching: BTreeSet<String>,
    /// Whether it keeps the global object under some other name: `const root = self`.
    keeps_global: bool,
}

impl Scanner {
    fn request(&mut self, specifier: String, way: Way, form: Form, span: Span) {
        let (start, end) = (span.start as usize, span.end as usize);
        let is_optional = self.tries > 0;
        self.scan.requests.push(Request { specifier, way, form, start, end, is_optional });
    }

    fn is_free(&self, name: &str) -> bool {
        self.scan.free.contains(name)
    }

    /// `require`, or `module.require`.
    fn is_require(&self, callee: &Expression<'_>) -> bool {
        match callee {
            Expression::Identifier(name) => name.name == "require" && self.is_free("require"),
            Expression::StaticMemberExpression(member) => {
                member.property.name == "require"
                    && matches!(&member.object, Expression::Identifier(object) if object.name == "module")
                    && self.is_free("module")
            }
            _ => false,
        }
    }

    /// Whether it is the function that adds a listener to the global object.
    fn is_listener(&self, callee: &Expression<'_>) -> bool {
        match callee {
            Expression::Identifier(name) => name.name == ADD_LISTENER && self.is_free(ADD_LISTENER),
            Expression::StaticMemberExpression(member) => {
                member.property.name == ADD_LISTENER
                    && matches!(&member.object, Expression::Identifier(object) if GLOBAL_OBJECTS.contains(&object.name.as_str()))
            }
            _ => false,
        }
    }

    /// The specifier of a file beside the module that is written as `__dirname + '/file'`.
    fn beside(&self, expression: &Expression<'_>) -> Option<String> {
        let Expression::BinaryExpression(sum) = expression else { return None };
        let is_folder = matches!(&sum.left, Expression::Identifier(name) if name.name == FOLDER);
        if !is_folder || sum.operator != BinaryOperator::Addition || !self.is_free(FOLDER) {
            return None;
        }
        fixed_text(&sum.right).filter(|rest| rest.starts_with('/')).map(|rest| format!(".{rest}"))
    }

    /// Visits what runs of two branches when a condition has this value.
    fn branches<'a>(
        &mut self,
        condition: &Expression<'a>,
        then: impl FnOnce(&mut Self),
        otherwise: impl FnOnce(&mut Self),
    ) {
        let known = constant(condition).map(|value| value.is_true());
        self.visit_expression(condition);
        if known != Some(false) {
            then(self);
        }
        if known != Some(true) {
            otherwise(self);
        }
    }
}

impl<'a> Visit<'a> for Scanner {
    fn visit_with_clause(&mut self, it: &WithClause<'a>) {
        self.scan.attributes.push((it.span.start as usize, it.span.end as usize));
    }

    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        if let Some(attributes) = &it.with_clause {
            self.visit_with_clause(attributes);
        }
        for specifier in it.specifiers.iter().flatten() {
            if let ImportDeclarationSpecifier::ImportNamespaceSpecifier(namespace) = specifier {
                self.scan.namespaces.push(Namespace {
                    specifier: it.source.value.to_string(),
                    local: namespace.local.name.to_string(),
                    start: namespace.span.start as usize,
                    end: namespace.span.end as usize,
                });
            }
        }
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Some(specifier) = fixed_text(&it.source) {
            let form = Form::Dynamic(it.span.start as usize, it.span.end as usize);
            self.request(specifier, Way::Import, form, it.source.span());
        }
        walk::walk_import_expression(self, it);
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if self.is_listener(&it.callee)
            && let Some(event) = it.arguments.first().and_then(|argument| argument.as_expression())
            && fixed_text(event).is_some_and(|event| event == "fetch")
        {
            self.scan.free.insert(FETCH_EVENT.to_owned());
        }
        if let [argument] = &it.arguments[..]
            && self.is_require(&it.callee)
            && let Some(argument) = argument.as_expression()
            && let Some(specifier) = fixed_text(argument).or_else(|| self.beside(argument))
        {
            self.request(specifier, Way::Require, Form::Call, argument.span());
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        // A text cannot be assigned to.
        let is_node_env =
            matches!(&it.left, AssignmentTarget::StaticMemberExpression(member) if is_node_env(member));
        if is_node_env {
            self.visit_expression(&it.right);
        } else {
            walk::walk_assignment_expression(self, it);
        }
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        if is_node_env(it) && self.is_free("process") {
            self.scan.node_env.push((it.span.start as usize, it.span.end as usize));
            return;
        }
        let is_meta = matches!(&it.object, Expression::ImportMeta(_));
        if is_meta && METAS.contains(&it.property.name.as_str()) {
            self.scan.metas.push((
                it.span.start as usize,
                it.span.end as usize,
                it.property.name.to_string(),
            ));
        }
        let is_global = matches!(&it.object, Expression::Identifier(object) if GLOBAL_OBJECTS.contains(&object.name.as_str()));
        // What RegExp has of the last match: its own members, by names that others have, too.
        if matches!(&it.object, Expression::Identifier(object) if object.name == "RegExp")
            && REGEXP_STATICS.contains(&it.property.name.as_str())
        {
            self.scan.free.insert("RegExp.$1".to_owned());
        }
        // A server of its own: the names stand for nothing else of Deno's and Bun's.
        if let Expression::Identifier(object) = &it.object
            && it.property.name == "serve"
            && self.is_free(&object.name)
        {
            self.scan.free.insert(format!("{}.serve", object.name));
        }
        if is_global || MEMBERS.contains(&it.property.name.as_str()) {
            self.scan.free.insert(it.property.name.to_string());
        }
        if OF_FETCH.contains(&it.property.name.as_str()) {
            self.fetching.insert(it.property.name.to_string());
        }
        if !is_global {
            walk::walk_static_member_expression(self, it);
        }
    }

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.keeps_global |= GLOBAL_OBJECTS.contains(&it.name.as_str()) && self.is_free(&it.name);
    }

    fn visit_string_literal(&mut self, it: &StringLiteral<'a>) {
        // Some take all that the language has, by a list of names.
        if it.value == ATOMICS {
            self.scan.free.insert(ATOMICS.to_owned());
        }
    }

    fn visit_unary_expression(&mut self, it: &UnaryExpression<'a>) {
        if it.operator == UnaryOperator::Typeof
            && let Expression::Identifier(name) = it.argument.get_inner_expression()
        {
            self.scan.asked.insert(name.name.to_string());
            return;
        }
        walk::walk_unary_expression(self, it);
    }

    fn visit_object_property(&mut self, it: &ObjectProperty<'a>) {
        if it.key.static_name().is_some_and(|name| name == TIME_ZONE) {
            self.scan.free.insert(TIME_ZONE.to_owned());
        }
        walk::walk_object_property(self, it);
    }

    fn visit_if_statement(&mut self, it: &IfStatement<'a>) {
        self.scan.insisted.extend(insisted(it));
        self.branches(
            &it.test,
            |this| this.visit_statement(&it.consequent),
            |this| {
                if let Some(alternate) = &it.alternate {
                    this.visit_statement(alternate);
                }
            },
        );
    }

    fn visit_conditional_expression(&mut self, it: &ConditionalExpression<'a>) {
        self.branches(
            &it.test,
            |this| this.visit_expression(&it.consequent),
            |this| this.visit_expression(&it.alternate),
        );
    }

    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        match it.operator {
            LogicalOperator::And => {
                self.branches(&it.left, |this| this.visit_expression(&it.right), |_| {});
            }
            LogicalOperator::Or => {
                self.branches(&it.left, |_| {}, |this| this.visit_expression(&it.right));
            }
            LogicalOperator::Coalesce => walk::walk_logical_expression(self, it),
        }
    }

    fn visit_try_statement(&mut self, it: &TryStatement<'a>) {
        self.tries += usize::from(it.handler.is_some());
        self.visit_block_statement(&it.block);
        self.tries -= usize::from(it.handler.is_some());
        if let Some(handler) = &it.handler {
            self.visit_catch_clause(handler);
        }
        if let Some(finalizer) = &it.finalizer {
            self.visit_block_statement(finalizer);
        }
    }
}

/// What an expression is, whatever runs before it.
#[derive(PartialEq)]
enum Constant {
    Text(String),
    Truth(bool),
}

impl Constant {
    fn is_true(&self) -> bool {
        match self {
            Constant::Text(text) => !text.is_empty(),
            Constant::Truth(value) => *value,
        }
    }
}

fn constant(expression: &Expression<'_>) -> Option<Constant> {
    match expression.get_inner_expression() {
        Expression::StringLiteral(text) => Some(Constant::Text(text.value.to_string())),
        Expression::BooleanLiteral(value) => Some(Constant::Truth(value.value)),
        Expression::StaticMemberExpression(member) if is_node_env(member) => {
            Some(Constant::Text(NODE_ENV.to_owned()))
        }
        Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::LogicalNot => {
            Some(Constant::Truth(!constant(&unary.argument)?.is_true()))
        }
        Expression::BinaryExpression(binary) => {
            let is_equal = match binary.operator {
                BinaryOperator::Equality | BinaryOperator::StrictEquality => true,
                BinaryOperator::Inequality | BinaryOperator::StrictInequality => false,
                _ => return None,
            };
            Some(Constant::Truth((constant(&binary.left)? == constant(&binary.right)?) == is_equal))
        }
        Expression::LogicalExpression(logical) => {
            let left = constant(&logical.left)?;
            match (logical.operator, left.is_true()) {
                (LogicalOperator::And, true) | (LogicalOperator::Or, false) => constant(&logical.right),
                (LogicalOperator::Coalesce, _) => None,
                _ => Some(left),
            }
        }
        _ => None,
    }
}

/// `process.env.NODE_ENV`.
fn is_node_env(member: &StaticMemberExpression<'_>) -> bool {
    member.property.name == "NODE_ENV"
        && matches!(&member.object, Expression::StaticMemberExpression(env)
            if env.property.name == "env"
                && matches!(&env.object, Expression::Identifier(process) if process.name == "process"))
}

/// The text of a plain literal.
pub(super) fn fixed_text(expression: &Expression<'_>) -> Option<String> {
    match expression {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        Expression::TemplateLiteral(template) => template.single_quasi().map(|text| text.to_string()),
        _ => None,
    }
}
