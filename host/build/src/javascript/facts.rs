//! What a module says about classes: which it defines, what they extend, and what it imports and exports.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use oxc::ast::ast::{
    ArrowFunctionBody, AssignmentTarget, BindingPattern, Class, ClassElement, Declaration,
    ExportDefaultDeclarationKind, Expression, FormalParameters, Function, MethodDefinitionKind, Program,
    Statement, VariableDeclaration,
};
use oxc::syntax::module_record::{
    ExportExportName, ExportImportName, ExportLocalName, ImportImportName, ModuleRecord,
};

/// The local name of a default export that has none: no class can have this one.
pub(super) const UNNAMED: &str = "default";

/// A name in another module: its specifier and the exported name, none for all of them as a namespace.
pub(super) type Foreign = (String, Option<String>);

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// By local name.
    pub(super) classes: BTreeMap<String, ClassFacts>,
    /// By local name.
    pub(super) imports: HashMap<String, Foreign>,
    pub(super) exports: HashMap<String, Exported>,
    /// The modules of `export * from`.
    pub(super) stars: Vec<String>,
    /// Functions that make a class which extends their argument, with the members of that class.
    pub(super) mixins: BTreeMap<String, BTreeSet<String>>,
    /// What a CommonJS module sets of its exports, whatever the values are, where it says so plainly.
    pub(super) set: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(super) struct ClassFacts {
    pub(super) parent: Option<Parent>,
    /// Methods, accessors and fields of its objects.
    pub(super) members: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) enum Parent {
    Name(String),
    /// A member of a namespace: `doverb.BaseHTTPRequestHandler`.
    Member(String, String),
    /// What a function makes of a class: `WithUser(BaseHTTPRequestHandler)`.
    Mixin {
        by: String,
        of: Box<Parent>,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Exported {
    Local(String),
    Foreign(Foreign),
}

impl Facts {
    pub(super) fn of(program: &Program<'_>, record: &ModuleRecord<'_>) -> Facts {
        let mut facts = Facts::default();
        facts.read_imports(record);
        facts.read_exports(record);
        for statement in &program.body {
            facts.read_statement(statement);
        }
        facts
    }

    fn read_imports(&mut self, record: &ModuleRecord<'_>) {
        for entry in record.import_entries.iter().filter(|entry| !entry.is_type) {
            let name = match &entry.import_name {
                ImportImportName::Name(name) => Some(name.name.to_string()),
                ImportImportName::Default(_) => Some(UNNAMED.to_owned()),
                ImportImportName::NamespaceObject => None,
            };
            let specifier = entry.module_request.name.to_string();
            self.imports.insert(entry.local_name.name.to_string(), (specifier, name));
        }
    }

    fn read_exports(&mut self, record: &ModuleRecord<'_>) {
        let all = record.local_export_entries.iter().chain(record.indirect_export_entries.iter());
        for entry in all.filter(|entry| !entry.is_type) {
            let name = match &entry.export_name {
                ExportExportName::Name(name) => name.name.to_string(),
                ExportExportName::Default(_) => UNNAMED.to_owned(),
                ExportExportName::Null => continue,
            };
            let exported = match (&entry.module_request, &entry.import_name, &entry.local_name) {
                (Some(module), ExportImportName::Name(inner), _) => {
                    Exported::Foreign((module.name.to_string(), Some(inner.name.to_string())))
                }
                (Some(module), ..) => Exported::Foreign((module.name.to_string(), None)),
                (None, _, ExportLocalName::Name(local) | ExportLocalName::Default(local)) => {
                    Exported::Local(local.name.to_string())
                }
                (None, _, ExportLocalName::Null) => Exported::Local(UNNAMED.to_owned()),
            };
            self.exports.insert(name, exported);
        }
        let stars = record.star_export_entries.iter().filter(|entry| !entry.is_type);
        self.stars.extend(stars.filter_map(|entry| Some(entry.module_request.as_ref()?.name.to_string())));
    }

    fn read_statement(&mut self, statement: &Statement<'_>) {
        match statement {
            Statement::ClassDeclaration(class) => self.read_class(None, class),
            Statement::VariableDeclaration(variables) => self.read_variables(variables),
            Statement::FunctionDeclaration(function) => self.read_function(function),
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::ClassDeclaration(class) => self.read_class(None, class),
                Declaration::VariableDeclaration(variables) => self.read_variables(variables),
                Declaration::FunctionDeclaration(function) => self.read_function(function),
                _ => {}
            },
            Statement::ExportDefaultDeclaration(export) => self.read_default(&export.declaration),
            Statement::ExpressionStatement(statement) => self.read_assignment(&statement.expression),
            _ => {}
        }
    }

    fn read_variables(&mut self, variables: &VariableDeclaration<'_>) {
        for variable in &variables.declarations {
            let (BindingPattern::BindingIdentifier(name), Some(init)) = (&variable.id, &variable.init) else {
                continue;
            };
            if let Some(class) = class_expression(init) {
                self.read_class(Some(name.name.as_str()), class);
                continue;
            }
            match init.get_inner_expression() {
                Expression::ArrowFunctionExpression(function) => {
                    let name = name.name.as_str();
                    match &function.body {
                        ArrowFunctionBody::FunctionBody(body) => {
                            self.read_mixin(
                                name,
                                &function.params,
                                body.statements.iter().find_map(made_class),
                            );
                        }
                        body => {
                            let class = body.as_expression().and_then(class_expression);
                            self.read_mixin(name, &function.params, class);
                        }
                    }
                }
                Expression::FunctionExpression(function) => {
                    if let Some(body) = &function.body {
                        let class = body.statements.iter().find_map(made_class);
                        self.read_mixin(name.name.as_str(), &function.params, class);
                    }
                }
                _ => {}
            }
        }
    }

    fn read_function(&mut self, function: &Function<'_>) {
        if let (Some(id), Some(body)) = (&function.id, &function.body) {
            let class = body.statements.iter().find_map(made_class);
            self.read_mixin(id.name.as_str(), &function.params, class);
        }
    }

    /// `(Base) => class extends Base { ... }`, and the same as a function that returns it.
    fn read_mixin(&mut self, name: &str, parameters: &FormalParameters<'_>, class: Option<&Class<'_>>) {
        let Some(BindingPattern::BindingIdentifier(parameter)) =
            parameters.items.first().map(|parameter| &parameter.pattern)
        else {
            return;
        };
        let Some(class) = class else { return };
        let extended = class.heritage.as_ref().and_then(|heritage| parent(&heritage.expression));
        if matches!(extended, Some(Parent::Name(name)) if name == parameter.name.as_str()) {
            let members = class.body.body.iter().filter_map(member).collect();
            self.mixins.insert(name.to_owned(), members);
        }
    }

    fn read_default(&mut self, declaration: &ExportDefaultDeclarationKind<'_>) {
        let local = match declaration {
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                let name = class.id.as_ref().map_or(UNNAMED, |id| id.name.as_str());
                self.read_class(Some(name), class);
                name.to_owned()
            }
            ExportDefaultDeclarationKind::Identifier(name) => name.name.to_string(),
            _ => return,
        };
        self.exports.insert(UNNAMED.to_owned(), Exported::Local(local));
    }

    pub(super) fn read_class(&mut self, name: Option<&str>, class: &Class<'_>) {
        let Some(name) = name.or(class.id.as_ref().map(|id| id.name.as_str())) else { return };
        let parent = class.heritage.as_ref().and_then(|heritage| parent(&heritage.expression));
        let members = class.body.body.iter().filter_map(member).collect();
        self.classes.insert(name.to_owned(), ClassFacts { parent, members });
    }

    /// `Shop.prototype['do_M-SEARCH'] = ...`: Python's `setattr`.
    fn read_assignment(&mut self, expression: &Expression<'_>) {
        let Expression::AssignmentExpression(assignment) = expression else { return };
        let (object, member) = match &assignment.left {
            AssignmentTarget::StaticMemberExpression(it) => (&it.object, it.property.name.to_string()),
            AssignmentTarget::ComputedMemberExpression(it) => match &it.expression {
                Expression::StringLiteral(name) => (&it.object, name.value.to_string()),
                _ => return,
            },
            _ => return,
        };
        if let Some(Parent::Member(class, prototype)) = parent(object)
            && prototype == "prototype"
            && let Some(class) = self.classes.get_mut(&class)
        {
            class.members.insert(member);
        }
    }
}

/// The class that a function's statement makes.
fn made_class<'a, 'b>(statement: &'b Statement<'a>) -> Option<&'b Class<'a>> {
    match statement {
        Statement::ClassDeclaration(class) => Some(class),
        Statement::ReturnStatement(it) => class_expression(it.argument.as_ref()?),
        _ => None,
    }
}

/// The class that an expression is, also one that has been decorated: `(() => { const ...; return (class ...); })()`.
fn class_expression<'a, 'b>(expression: &'b Expression<'a>) -> Option<&'b Class<'a>> {
    match expression.get_inner_expression() {
        Expression::ClassExpression(class) => Some(class),
        Expression::SequenceExpression(sequence) => class_expression(sequence.expressions.first()?),
        Expression::CallExpression(call) => match call.callee.get_inner_expression() {
            Expression::ArrowFunctionExpression(function) if call.arguments.is_empty() => {
                match &function.body {
                    ArrowFunctionBody::FunctionBody(body) => body.statements.iter().find_map(made_class),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}

fn parent(expression: &Expression<'_>) -> Option<Parent> {
    match expression.get_inner_expression() {
        Expression::CallExpression(call) => {
            let Expression::Identifier(by) = &call.callee else { return None };
            let of = call.arguments.iter().find_map(|argument| parent(argument.as_expression()?))?;
            Some(Parent::Mixin { by: by.name.to_string(), of: Box::new(of) })
        }
        Expression::Identifier(name) => Some(Parent::Name(name.name.to_string())),
        Expression::StaticMemberExpression(member) => match &member.object {
            Expression::Identifier(object) => {
                Some(Parent::Member(object.name.to_string(), member.property.name.to_string()))
            }
            _ => None,
        },
        _ => None,
    }
}

fn member(element: &ClassElement<'_>) -> Option<String> {
    let (key, is_static) = match element {
        ClassElement::MethodDefinition(method) if method.kind != MethodDefinitionKind::Constructor => {
            (&method.key, method.r#static)
        }
        ClassElement::PropertyDefinition(field) => (&field.key, field.r#static),
        _ => return None,
    };
    key.static_name().filter(|_| !is_static).map(|name| name.into_owned())
}
