//! What code insists on: `if (typeof document === 'undefined') throw ...`.

use oxc::ast::ast::{BinaryOperator, Expression, IfStatement, Statement, UnaryOperator};

use super::scan::fixed_text;

/// The name without which the statement throws.
pub(super) fn insisted(statement: &IfStatement<'_>) -> Option<String> {
    missing(&statement.test).filter(|_| throws(&statement.consequent))
}

/// Whether a statement begins by throwing something.
fn throws(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::ThrowStatement(_) => true,
        Statement::BlockStatement(block) => block.body.first().is_some_and(throws),
        _ => false,
    }
}

/// The name that is not there where `typeof name === 'undefined'` holds.
fn missing(test: &Expression<'_>) -> Option<String> {
    let Expression::BinaryExpression(binary) = test.get_inner_expression() else { return None };
    if !matches!(binary.operator, BinaryOperator::Equality | BinaryOperator::StrictEquality) {
        return None;
    }
    let asked = |side: &Expression<'_>| match side.get_inner_expression() {
        Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::Typeof => {
            unary.argument.get_identifier_reference().map(|name| name.name.to_string())
        }
        _ => None,
    };
    let is_undefined = |side: &Expression<'_>| fixed_text(side).is_some_and(|text| text == "undefined");
    match (asked(&binary.left), asked(&binary.right)) {
        (Some(name), None) if is_undefined(&binary.right) => Some(name),
        (None, Some(name)) if is_undefined(&binary.left) => Some(name),
        _ => None,
    }
}
