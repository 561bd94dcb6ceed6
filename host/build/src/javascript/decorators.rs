//! Decorators by the standard, and `accessor`: neither the engine nor oxc has them.
//!
//! A class keeps its shape. Its decorators are evaluated before it, in a constant beside it, and called by a static
//! block that is its first; fields and accessors ask that constant for what their decorators have said. The SDK's
//! `lib/helpers/decorators.js` is what the constant holds.

use std::collections::HashMap;

use oxc::allocator::{Allocator, Box as ArenaBox, CloneIn, TakeIn, Vec as ArenaVec};
use oxc::ast::AstKind;
use oxc::ast::ast::{
    AccessorProperty, AccessorPropertyType, AssignmentExpression, AssignmentTarget, BindingPattern, Class,
    ClassElement, ClassType, Declaration, Decorator, ExportDefaultDeclarationKind, Expression,
    FormalParameter, MethodDefinition, MethodDefinitionKind, ObjectProperty, Program, PropertyDefinition,
    PropertyDefinitionType, PropertyKey, Statement, VariableDeclarator,
};
use oxc::ast_visit::{Visit, VisitMut, walk_mut};
use oxc::semantic::SemanticBuilder;
use oxc::span::GetSpan;

use super::snippets::Snippets;

/// The function of the SDK's that makes the constant of a class.
const MAKE: &str = "__doverb_decorators";
/// Where it is imported from.
const HELPER: &str = "doverb/helpers/decorators";

/// What decorators mean in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Decorators {
    #[default]
    Standard,
    /// TypeScript's `experimentalDecorators`, and whether types are told to them.
    Legacy { emits_metadata: bool },
}

/// Whether a file has something that is translated here.
pub(super) fn are_in(program: &Program<'_>) -> bool {
    let mut finder = Finder(false);
    finder.visit_program(program);
    finder.0
}

struct Finder(bool);

impl<'a> Visit<'a> for Finder {
    fn visit_decorator(&mut self, _: &Decorator<'a>) {
        self.0 = true;
    }

    fn visit_accessor_property(&mut self, _: &AccessorProperty<'a>) {
        self.0 = true;
    }
}

/// What cannot be translated: the byte where it is, and why.
pub(super) type Refused = (usize, &'static str);

/// Translates all classes of a file.
pub(super) fn translate<'a>(
    allocator: &'a Allocator,
    program: &mut Program<'a>,
    decorators: Decorators,
) -> Vec<Refused> {
    let is_standard = decorators == Decorators::Standard;
    let inner = if is_standard { inner_references(program) } else { HashMap::new() };
    let mut rewriter = Rewriter {
        snippets: Snippets::new(allocator),
        is_standard,
        inner,
        numbers: HashMap::new(),
        next: 0,
        hint: None,
        done: HashMap::new(),
        is_used: false,
        refused: Vec::new(),
    };
    rewriter.visit_program(program);
    if rewriter.is_used {
        let import = match program.source_type.is_module() {
            true => format!("import {MAKE} from {HELPER:?};"),
            false => format!("const {MAKE} = require({HELPER:?});"),
        };
        program.body.insert(0, rewriter.snippets.statement(&import, Vec::new()));
    }
    rewriter.refused
}

/// Where decorated classes speak of themselves by name, and which class that is, by where its name stands: what their
/// decorators put in their place is meant.
fn inner_references(program: &Program<'_>) -> HashMap<u32, u32> {
    let semantic = SemanticBuilder::new().with_build_nodes(true).build(program).semantic;
    let mut inner = HashMap::new();
    for node in semantic.nodes().iter() {
        let AstKind::Class(class) = node.kind() else { continue };
        let Some(id) = class.id.as_ref().filter(|_| !class.decorators.is_empty()) else { continue };
        let Some(symbol) = id.symbol_id.get() else { continue };
        for reference in semantic.symbol_references(symbol) {
            let span = semantic.nodes().get_node(reference.node_id()).kind().span();
            if class.body.span.contains_inclusive(span) {
                inner.insert(span.start, id.span.start);
            }
        }
    }
    inner
}

struct Rewriter<'a> {
    snippets: Snippets<'a>,
    is_standard: bool,
    inner: HashMap<u32, u32>,
    /// The numbers of decorated classes, by where their names stand.
    numbers: HashMap<u32, usize>,
    next: usize,
    /// Where a class begins that has no name of its own, and what it is called after.
    hint: Option<(u32, String)>,
    /// Classes that have been rewritten and wait for their constant, by where they begin.
    done: HashMap<u32, Constant<'a>>,
    /// Whether there was one: an `accessor` alone needs none.
    is_used: bool,
    refused: Vec<Refused>,
}

/// What is to stand beside a class.
struct Constant<'a> {
    number: usize,
    value: Expression<'a>,
    /// Whether the class has decorators of its own, which may put something else in its place.
    is_decorated: bool,
}

impl Constant<'_> {
    fn name(&self) -> String {
        constant(self.number)
    }
}

fn constant(number: usize) -> String {
    format!("__doverb_class{number}")
}

fn text(text: &str) -> String {
    super::component::text(text)
}

/// The members of a class as they become.
struct Members<'a> {
    number: usize,
    list: Vec<ClassElement<'a>>,
    /// The decorators of each member that has any, or whose key is computed.
    decorators: Vec<Vec<Expression<'a>>>,
    /// What the SDK is told of each of them.
    described: Vec<String>,
    /// How many private fields were added.
    added: usize,
}

impl<'a> Members<'a> {
    fn describe(
        &mut self,
        kind: &str,
        is_static: bool,
        key: &PropertyKey<'a>,
        decorators: Vec<Expression<'a>>,
    ) -> usize {
        let (name, access) = match (key.private_name(), key.static_name()) {
            (Some(name), _) => {
                let access = format!(
                    "{{ has: (object) => #{name} in object, get: (object) => object.#{name}{} }}",
                    match kind {
                        "field" | "accessor" | "setter" =>
                            format!(", set: (object, value) => {{ object.#{name} = value; }}"),
                        _ => String::new(),
                    }
                );
                (text(&format!("#{name}")), access)
            }
            (None, Some(name)) => (text(&name), "undefined".to_owned()),
            (None, None) => ("undefined".to_owned(), "undefined".to_owned()),
        };
        self.described.push(format!("[{kind:?}, {is_static}, {name}, {access}]"));
        self.decorators.push(decorators);
        self.described.len() - 1
    }

    fn private(&mut self) -> String {
        self.added += 1;
        format!("#__doverb{}_{}", self.number, self.added)
    }
}

fn expressions<'a>(
    snippets: &Snippets<'a>,
    decorators: &mut ArenaVec<'a, Decorator<'a>>,
) -> Vec<Expression<'a>> {
    decorators.take_in(snippets).into_iter().map(|decorator| decorator.expression).collect()
}

fn prefix(is_static: bool) -> &'static str {
    if is_static { "static " } else { "" }
}

impl<'a> Rewriter<'a> {
    /// Rewrites a class whose inner ones are rewritten already.
    fn rewrite(&mut self, class: &mut Class<'a>, number: usize, name: Option<String>) {
        let own = match self.is_standard {
            true => expressions(&self.snippets, &mut class.decorators),
            false => Vec::new(),
        };
        let mut members =
            Members { number, list: Vec::new(), decorators: Vec::new(), described: Vec::new(), added: 0 };
        for element in class.body.body.take_in(&self.snippets) {
            match element {
                ClassElement::MethodDefinition(it) if self.is_standard && !it.decorators.is_empty() => {
                    self.method(it, &mut members);
                }
                ClassElement::PropertyDefinition(it) if self.is_standard && !it.decorators.is_empty() => {
                    self.field(it, &mut members);
                }
                ClassElement::AccessorProperty(it) if it.r#type == AccessorPropertyType::AccessorProperty => {
                    self.accessor(it, &mut members);
                }
                other => members.list.push(other),
            }
        }
        let is_decorated = !own.is_empty();
        let is_unnamed = class.id.is_none() && class.r#type == ClassType::ClassDeclaration;
        let name = name.or_else(|| is_unnamed.then(|| "default".to_owned()));
        if is_unnamed && is_decorated {
            // What its decorators put in its place is exported by this name.
            class.id = Some(self.snippets.binding(&format!("{}_default", constant(number))));
        }
        if is_decorated || !members.described.is_empty() {
            self.frame(&mut members, is_decorated, name);
            let lists = std::iter::once(own).chain(members.decorators);
            self.is_used = true;
            self.done.insert(class.span.start, Constant { number, value: self.made(lists), is_decorated });
        }
        class.body.body = ArenaVec::from_iter_in(members.list, &self.snippets);
    }

    /// The static blocks around the members, and the field before all others.
    fn frame(&self, members: &mut Members<'a>, is_decorated: bool, name: Option<String>) {
        let constant = constant(members.number);
        let name = name.map_or("undefined".to_owned(), |name| text(&name));
        let described = members.described.join(", ");
        let begin = match members.decorators.iter().any(|list| !list.is_empty()) {
            true => format!("{} = {constant}.begin(this);", members.private()),
            false => String::new(),
        };
        let first = format!("static {{ {constant}.apply(this, {name}, [{described}]); }} {begin}");
        members.list.splice(0..0, self.snippets.elements(&first, Vec::new()));
        if is_decorated {
            members
                .list
                .extend(self.snippets.elements(&format!("static {{ {constant}.finish(); }}"), Vec::new()));
        }
    }

    /// The call that makes the constant of these lists, the first of which is the class's own.
    fn made(&self, lists: impl Iterator<Item = Vec<Expression<'a>>>) -> Expression<'a> {
        let mut slots = Vec::new();
        let mut written = lists.map(|list| {
            let from = slots.len();
            slots.extend(list);
            let names: Vec<String> = (from..slots.len()).map(|slot| format!("${slot}")).collect();
            format!("[{}]", names.join(", "))
        });
        let first = written.next().unwrap_or_default();
        let others: Vec<String> = written.collect();
        self.snippets.expression(&format!("{MAKE}({first}, [{}])", others.join(", ")), slots)
    }

    fn method(&self, mut it: ArenaBox<'a, MethodDefinition<'a>>, members: &mut Members<'a>) {
        let decorators = expressions(&self.snippets, &mut it.decorators);
        // An overload, or an abstract one: TypeScript alone knows it.
        if it.value.body.is_none() {
            return members.list.push(ClassElement::MethodDefinition(it));
        }
        let kind = match it.kind {
            MethodDefinitionKind::Get => "getter",
            MethodDefinitionKind::Set => "setter",
            MethodDefinitionKind::Method | MethodDefinitionKind::Constructor => "method",
        };
        let at = members.describe(kind, it.r#static, &it.key, decorators);
        let (constant, before) = (constant(members.number), prefix(it.r#static));
        if let Some(name) = it.key.private_name() {
            let stand_in = match kind {
                "getter" => format!("get #{name}() {{ return {constant}.part({at}, 'get').call(this); }}"),
                "setter" => {
                    format!("set #{name}(value) {{ {constant}.part({at}, 'set').call(this, value); }}")
                }
                _ => format!("get #{name}() {{ return {constant}.part({at}, 'value'); }}"),
            };
            it.key = self.key(&format!("{constant}.temporary({at})"), Vec::new());
            it.computed = true;
            members.list.extend(self.snippets.elements(&format!("{before}{stand_in}"), Vec::new()));
        } else {
            let is_computed = it.computed;
            self.keep_key(&mut it.key, is_computed, at, members.number);
        }
        members.list.push(ClassElement::MethodDefinition(it));
    }

    fn field(&self, mut it: ArenaBox<'a, PropertyDefinition<'a>>, members: &mut Members<'a>) {
        let decorators = expressions(&self.snippets, &mut it.decorators);
        if it.declare || it.r#type != PropertyDefinitionType::PropertyDefinition {
            return members.list.push(ClassElement::PropertyDefinition(it));
        }
        let at = members.describe("field", it.r#static, &it.key, decorators);
        let is_computed = it.computed;
        self.keep_key(&mut it.key, is_computed, at, members.number);
        it.value = Some(self.first_value(it.value.take(), at, members.number));
        let is_static = it.r#static;
        members.list.push(ClassElement::PropertyDefinition(it));
        self.after(at, is_static, members);
    }

    /// A private field, and the two methods that give and set it.
    fn accessor(&self, mut it: ArenaBox<'a, AccessorProperty<'a>>, members: &mut Members<'a>) {
        let mut kept = it.decorators.take_in(&self.snippets);
        let decorators = match self.is_standard {
            true => expressions(&self.snippets, &mut kept),
            false => Vec::new(),
        };
        let (is_static, is_decorated) = (it.r#static, !decorators.is_empty());
        let (storage, before, constant) = (members.private(), prefix(is_static), constant(members.number));
        let is_computed = it.computed && it.key.static_name().is_none();
        let at = (is_decorated || is_computed)
            .then(|| members.describe("accessor", is_static, &it.key, decorators));
        let value = match at.filter(|_| is_decorated) {
            Some(at) => self.first_value(it.value.take(), at, members.number),
            None => it.value.take().unwrap_or_else(|| self.snippets.expression("undefined", Vec::new())),
        };
        let code = format!(
            "{before}{storage} = $0; {before}get x() {{ return this.{storage}; }} {before}set x(value) {{ this.{storage} = value; }}"
        );
        let mut elements = self.snippets.elements(&code, vec![value]).into_iter();
        members.list.extend(elements.next());
        if let Some(at) = at.filter(|_| is_decorated) {
            self.after(at, is_static, members);
        }
        let private = it.key.private_name().filter(|_| is_decorated);
        let mut keys = match (private, at) {
            (Some(name), Some(at)) => {
                let stand_ins = format!(
                    "{before}get #{name}() {{ return {constant}.part({at}, 'get').call(this); }} \
                     {before}set #{name}(value) {{ {constant}.part({at}, 'set').call(this, value); }}"
                );
                members.list.extend(self.snippets.elements(&stand_ins, Vec::new()));
                let temporary = format!("{constant}.temporary({at})");
                [self.key(&temporary, Vec::new()), self.key(&temporary, Vec::new())].map(|key| (key, true))
            }
            (None, Some(at)) if is_computed => {
                let again = self.key(&format!("{constant}.key({at})"), Vec::new());
                self.keep_key(&mut it.key, true, at, members.number);
                [(it.key.take_in(&self.snippets), true), (again, true)]
            }
            _ => {
                let again = it.key.clone_in(self.snippets.allocator());
                [(it.key.take_in(&self.snippets), it.computed), (again, it.computed)]
            }
        }
        .into_iter();
        for element in elements {
            let (ClassElement::MethodDefinition(mut method), Some((key, computed))) = (element, keys.next())
            else {
                continue;
            };
            (method.key, method.computed) = (key, computed);
            // Those of TypeScript's old kind are given the pair, once.
            if method.kind == MethodDefinitionKind::Get && !self.is_standard {
                method.decorators = kept.take_in(&self.snippets);
                method.value.return_type = it.type_annotation.take();
            }
            members.list.push(ClassElement::MethodDefinition(method));
        }
    }

    /// A computed key is known to the constant, too.
    fn keep_key(&self, key: &mut PropertyKey<'a>, is_computed: bool, at: usize, number: usize) {
        if is_computed && key.static_name().is_none() {
            let old = key.take_in(&self.snippets).into_expression();
            *key = self.key(&format!("{}.key({at}, $0)", constant(number)), vec![old]);
        }
    }

    fn key(&self, code: &str, slots: Vec<Expression<'a>>) -> PropertyKey<'a> {
        PropertyKey::from(self.snippets.expression(code, slots))
    }

    fn first_value(&self, value: Option<Expression<'a>>, at: usize, number: usize) -> Expression<'a> {
        let value = value.unwrap_or_else(|| self.snippets.expression("undefined", Vec::new()));
        self.snippets.expression(&format!("{}.init({at}, this, $0)", constant(number)), vec![value])
    }

    fn after(&self, at: usize, is_static: bool, members: &mut Members<'a>) {
        let (field, constant) = (members.private(), constant(members.number));
        let code = format!("{}{field} = {constant}.after({at}, this);", prefix(is_static));
        members.list.extend(self.snippets.elements(&code, Vec::new()));
    }

    fn hint_at(&mut self, name: &str, value: &Expression<'a>) {
        if let Expression::ClassExpression(class) = value.get_inner_expression() {
            self.hint = Some((class.span.start, name.to_owned()));
        }
    }
}

impl<'a> VisitMut<'a> for Rewriter<'a> {
    fn visit_class(&mut self, class: &mut Class<'a>) {
        let hint = self.hint.take_if(|(start, _)| *start == class.span.start).map(|(_, name)| name);
        let is_accessor = |element: &ClassElement<'a>| matches!(element, ClassElement::AccessorProperty(_));
        let is_touched = !class.declare
            && (class.body.body.iter().any(is_accessor)
                || self.is_standard
                    && (!class.decorators.is_empty()
                        || class.body.body.iter().any(ClassElement::has_decorator)));
        if !is_touched {
            return walk_mut::walk_class(self, class);
        }
        let number = self.next;
        self.next += 1;
        let name = class.id.as_ref().map(|id| id.name.to_string());
        if let Some(id) = &class.id {
            self.numbers.insert(id.span.start, number);
        }
        walk_mut::walk_class(self, class);
        self.rewrite(class, number, name.or(hint));
    }

    fn visit_statements(&mut self, statements: &mut ArenaVec<'a, Statement<'a>>) {
        let mut all = Vec::with_capacity(statements.len());
        for mut statement in statements.take_in(&self.snippets) {
            self.visit_statement(&mut statement);
            let Some(class) = declared(&mut statement) else {
                all.push(statement);
                continue;
            };
            let Some(constant) = self.done.remove(&class.span.start) else {
                all.push(statement);
                continue;
            };
            let name = constant.name();
            let own = class.id.as_ref().map(|id| id.name.to_string()).filter(|_| constant.is_decorated);
            all.push(self.snippets.statement(&format!("const {name} = $0;"), vec![constant.value]));
            all.push(statement);
            all.extend(own.map(|own| self.snippets.statement(&format!("{own} = {name}.self;"), Vec::new())));
        }
        *statements = ArenaVec::from_iter_in(all, &self.snippets);
    }

    fn visit_expression(&mut self, expression: &mut Expression<'a>) {
        if let Expression::Identifier(it) = expression
            && let Some(number) = self.inner.get(&it.span.start).and_then(|name| self.numbers.get(name))
        {
            *expression = self.snippets.expression(&format!("{}.self", constant(*number)), Vec::new());
            return;
        }
        walk_mut::walk_expression(self, expression);
        if let Expression::ClassExpression(class) = expression
            && let Some(constant) = self.done.remove(&class.span.start)
        {
            let name = constant.name();
            let result = if constant.is_decorated { format!(", {name}.self") } else { String::new() };
            let code = format!("(() => {{ const {name} = $0; return ($1{result}); }})()");
            let class = expression.take_in(&self.snippets);
            *expression = self.snippets.expression(&code, vec![constant.value, class]);
        }
    }

    fn visit_object_property(&mut self, it: &mut ObjectProperty<'a>) {
        if let Some(name) = it.key.static_name() {
            self.hint_at(&name, &it.value);
        }
        walk_mut::walk_object_property(self, it);
        it.shorthand = it.shorthand && matches!(it.value, Expression::Identifier(_));
    }

    fn visit_variable_declarator(&mut self, it: &mut VariableDeclarator<'a>) {
        if let (BindingPattern::BindingIdentifier(name), Some(init)) = (&it.id, &it.init) {
            self.hint_at(&name.name, init);
        }
        walk_mut::walk_variable_declarator(self, it);
    }

    fn visit_assignment_expression(&mut self, it: &mut AssignmentExpression<'a>) {
        if let AssignmentTarget::AssignmentTargetIdentifier(name) = &it.left {
            self.hint_at(&name.name, &it.right);
        }
        walk_mut::walk_assignment_expression(self, it);
    }

    fn visit_formal_parameter(&mut self, it: &mut FormalParameter<'a>) {
        if let Some(decorator) = it.decorators.first().filter(|_| self.is_standard) {
            self.refused.push((
                decorator.span.start as usize,
                "the standard has no decorators of parameters; TypeScript's own has: \
                 \"experimentalDecorators\": true in the compilerOptions of tsconfig.json",
            ));
        }
        walk_mut::walk_formal_parameter(self, it);
    }
}

/// The class that a statement declares.
fn declared<'a, 'b>(statement: &'b mut Statement<'a>) -> Option<&'b mut Class<'a>> {
    match statement {
        Statement::ClassDeclaration(class) => Some(class),
        Statement::ExportDeclaration(export) => match &mut export.declaration {
            Declaration::ClassDeclaration(class) => Some(class),
            _ => None,
        },
        Statement::ExportDefaultDeclaration(export) => match &mut export.declaration {
            ExportDefaultDeclarationKind::ClassDeclaration(class) => Some(class),
            _ => None,
        },
        _ => None,
    }
}
