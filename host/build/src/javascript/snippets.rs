//! Pieces of JavaScript that are written as text and put into a parsed file, with parts of that file in them.

use oxc::allocator::{Allocator, GetAllocator, Vec as ArenaVec};
use oxc::ast::ast::{BindingIdentifier, BindingPattern, ClassElement, Expression, Program, Statement};
use oxc::ast_visit::{VisitMut, walk_mut};
use oxc::parser::Parser;
use oxc::span::{SPAN, SourceType, Span};

/// What is written here has been read before.
const IS_READ: &str = "a piece of code that is written here is JavaScript";

/// Makes pieces. `$0`, `$1` ... in their text are what they are given.
pub(super) struct Snippets<'a> {
    allocator: &'a Allocator,
}

impl<'a> GetAllocator<'a> for Snippets<'a> {
    fn allocator(&self) -> &'a Allocator {
        self.allocator
    }
}

impl<'a> Snippets<'a> {
    pub(super) fn new(allocator: &'a Allocator) -> Snippets<'a> {
        Snippets { allocator }
    }

    pub(super) fn allocator(&self) -> &'a Allocator {
        self.allocator
    }

    pub(super) fn statement(&self, text: &str, slots: Vec<Expression<'a>>) -> Statement<'a> {
        self.program(text, slots).body.into_iter().next().expect(IS_READ)
    }

    pub(super) fn expression(&self, text: &str, slots: Vec<Expression<'a>>) -> Expression<'a> {
        match self.statement(&format!("({text});"), slots) {
            Statement::ExpressionStatement(it) => match it.unbox().expression {
                Expression::ParenthesizedExpression(it) => it.unbox().expression,
                other => other,
            },
            _ => unreachable!("{IS_READ}"),
        }
    }

    /// The members of a class.
    pub(super) fn elements(&self, text: &str, slots: Vec<Expression<'a>>) -> ArenaVec<'a, ClassElement<'a>> {
        match self.statement(&format!("class It {{ {text} }}"), slots) {
            Statement::ClassDeclaration(class) => class.unbox().body.unbox().body,
            _ => unreachable!("{IS_READ}"),
        }
    }

    pub(super) fn binding(&self, name: &str) -> BindingIdentifier<'a> {
        match self.statement(&format!("let {name};"), Vec::new()) {
            Statement::VariableDeclaration(it) => {
                match it.unbox().declarations.into_iter().next().expect(IS_READ).id {
                    BindingPattern::BindingIdentifier(id) => id.unbox(),
                    _ => unreachable!("{IS_READ}"),
                }
            }
            _ => unreachable!("{IS_READ}"),
        }
    }

    fn program(&self, text: &str, slots: Vec<Expression<'a>>) -> Program<'a> {
        let parsed = Parser::new(self.allocator, self.allocator.alloc_str(text), SourceType::mjs()).parse();
        let mut program = parsed.program;
        let mut filling = Filling { slots: slots.into_iter().map(Some).collect() };
        filling.visit_program(&mut program);
        program
    }
}

/// Puts the parts in. What is written here comes from no place of the file.
struct Filling<'a> {
    slots: Vec<Option<Expression<'a>>>,
}

impl<'a> VisitMut<'a> for Filling<'a> {
    fn visit_span(&mut self, span: &mut Span) {
        *span = SPAN;
    }

    fn visit_expression(&mut self, expression: &mut Expression<'a>) {
        if let Expression::Identifier(it) = expression
            && let Some(slot) = it.name.strip_prefix('$').and_then(|number| number.parse::<usize>().ok())
            && let Some(part) = self.slots.get_mut(slot).and_then(Option::take)
        {
            *expression = part;
            return;
        }
        walk_mut::walk_expression(self, expression);
    }
}

#[cfg(test)]
mod tests {
    use super::Snippets;
    use oxc::allocator::Allocator;
    use oxc::codegen::Codegen;

    #[test]
    fn parts_are_put_where_they_belong() {
        let allocator = Allocator::default();
        let snippets = Snippets::new(&allocator);
        let inner = snippets.expression("$1.b", Vec::new());
        let whole = snippets.statement("f($0, [$0, c]);", vec![inner]);
        let mut program = snippets.program("", Vec::new());
        program.body.push(whole);
        assert_eq!(Codegen::new().build(&program).code.trim(), "f($1.b, [$0, c]);");
    }
}
