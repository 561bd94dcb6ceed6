//! The same of a CommonJS module: what it requires and what it sets as its exports, where it says so plainly.

use oxc::ast::ast::{
    AssignmentTarget, BindingPattern, Class, Expression, ObjectPropertyKind, Program, Statement,
};

use super::facts::{Exported, Facts, Foreign, UNNAMED};

impl Facts {
    /// Adds what the statements of a CommonJS module say.
    pub(super) fn read_common(&mut self, program: &Program<'_>) {
        for statement in &program.body {
            match statement {
                Statement::VariableDeclaration(variables) => {
                    for variable in &variables.declarations {
                        if let Some(init) = &variable.init {
                            self.read_required(&variable.id, init);
                        }
                    }
                }
                Statement::ExpressionStatement(statement) => self.read_exported(&statement.expression),
                _ => {}
            }
        }
    }

    fn read_required(&mut self, binding: &BindingPattern<'_>, init: &Expression<'_>) {
        let Some((specifier, member)) = required(init) else { return };
        match binding {
            BindingPattern::BindingIdentifier(name) => {
                let inner = member.unwrap_or_else(|| UNNAMED.to_owned());
                self.imports.insert(name.name.to_string(), (specifier, Some(inner)));
            }
            BindingPattern::ObjectPattern(object) if member.is_none() => {
                for property in &object.properties {
                    let Some(key) = property.key.static_name() else { continue };
                    let local = match &property.value {
                        BindingPattern::BindingIdentifier(local) => local.name.to_string(),
                        // What is taken apart has no name, and none has this one.
                        _ => format!("{key} of {specifier}"),
                    };
                    let foreign: Foreign = (specifier.clone(), Some(key.into_owned()));
                    self.imports.insert(local, foreign);
                }
            }
            _ => {}
        }
    }

    fn read_exported(&mut self, expression: &Expression<'_>) {
        if let Some(name) = defined(expression) {
            self.set.insert(name);
        }
        let Expression::AssignmentExpression(assignment) = expression else { return };
        // `exports = module.exports = ...`
        self.read_exported(&assignment.right);
        let AssignmentTarget::StaticMemberExpression(target) = &assignment.left else { return };
        let name = match &target.object {
            Expression::Identifier(object)
                if object.name == "module" && target.property.name == "exports" =>
            {
                None
            }
            Expression::Identifier(object) if object.name == "exports" => Some(target.property.name.as_str()),
            Expression::StaticMemberExpression(inner)
                if inner.property.name == "exports"
                    && matches!(&inner.object, Expression::Identifier(it) if it.name == "module") =>
            {
                Some(target.property.name.as_str())
            }
            _ => return,
        };
        match name {
            Some(name) => self.export(name, &assignment.right),
            None => {
                self.export(UNNAMED, &assignment.right);
                let Expression::ObjectExpression(object) = &assignment.right else { return };
                for property in &object.properties {
                    if let ObjectPropertyKind::ObjectProperty(property) = property
                        && let Some(key) = property.key.static_name()
                    {
                        self.export(&key, &property.value);
                    }
                }
            }
        }
    }

    fn export(&mut self, name: &str, value: &Expression<'_>) {
        self.set.insert(name.to_owned());
        let local = match value {
            Expression::Identifier(local) => local.name.to_string(),
            Expression::ClassExpression(class) => self.exported_class(name, class),
            Expression::AssignmentExpression(inner) => return self.export(name, &inner.right),
            _ => match required(value) {
                Some((specifier, member)) => {
                    let inner = Some(member.unwrap_or_else(|| UNNAMED.to_owned()));
                    self.exports.insert(name.to_owned(), Exported::Foreign((specifier, inner)));
                    return;
                }
                None => return,
            },
        };
        self.exports.insert(name.to_owned(), Exported::Local(local));
    }

    /// A class that has no name but that of the export.
    fn exported_class(&mut self, name: &str, class: &Class<'_>) -> String {
        let local = format!("exports.{name}");
        self.read_class(Some(&local), class);
        local
    }
}

/// The name of `Object.defineProperty(exports, 'name', ...)`, by which compilers export.
fn defined(expression: &Expression<'_>) -> Option<String> {
    let Expression::CallExpression(call) = expression else { return None };
    let Expression::StaticMemberExpression(callee) = &call.callee else { return None };
    let [Some(object), Some(Expression::StringLiteral(name))] =
        [0, 1].map(|at| call.arguments.get(at).and_then(|argument| argument.as_expression()))
    else {
        return None;
    };
    let is_exports = matches!(object, Expression::Identifier(it) if it.name == "exports");
    (callee.property.name == "defineProperty" && is_exports).then(|| name.value.to_string())
}

/// What `require('x')` and `require('x').y` lead to.
fn required(expression: &Expression<'_>) -> Option<(String, Option<String>)> {
    match expression.get_inner_expression() {
        Expression::CallExpression(call) => {
            let Expression::Identifier(callee) = &call.callee else { return None };
            let Expression::StringLiteral(specifier) = call.arguments.first()?.as_expression()? else {
                return None;
            };
            (callee.name == "require").then(|| (specifier.value.to_string(), None))
        }
        Expression::StaticMemberExpression(member) => {
            let (specifier, None) = required(&member.object)? else { return None };
            Some((specifier, Some(member.property.name.to_string())))
        }
        _ => None,
    }
}
