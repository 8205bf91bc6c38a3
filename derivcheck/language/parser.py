"""Text to a program: definitions, then one expression.

Definitions may stand in any order as long as none needs itself; they are returned so that each stands after those it
uses. A name defined in the text is known in all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from derivcheck.errors import ReadError
from derivcheck.language.definitions import in_order
from derivcheck.language.expr import Definition, Expr, Program, Reading
from derivcheck.language.lexer import tokenize
from derivcheck.language.partials import rewrite_partials
from derivcheck.language.reader import Found, read_expression
from derivcheck.language.scope import Scope
from derivcheck.language.statements import Statement, split_statements
from derivcheck.language.tokens import Token
from derivcheck.source import Source, Span

_NO_FUNCTIONS: Mapping[str, int] = MappingProxyType({})
_MAX_READINGS = 20


def parse(source: Source, known: Collection[str] = ()) -> Program:
    """Read one text.

    Args:
        source: statements ``name = expr``, ``f(z) = expr`` and at last ``expr``, separated by ``;`` or line breaks.
        known: canonical names that were given elsewhere.

    Returns:
        The program. A text that ends with ``L = expr`` has that expression, and ``L`` as its name.

    Raises:
        ReadError: the text is no program.
    """
    return parse_texts((source,), known)


def parse_texts(sources: Sequence[Source], known: Collection[str] = ()) -> Program:
    """Read several texts as one: all but the last hold definitions only (``--let``), the last may end with one."""
    return parse_tokens([tokenize(s) for s in sources], known)


def parse_expression(
    source: Source, known: Collection[str] = (), functions: Mapping[str, int] = _NO_FUNCTIONS
) -> tuple[Expr, tuple[Reading, ...]]:
    """Read a single expression, such as a claim; ``functions`` are the author's, with their numbers of parameters."""
    tokens = rewrite_partials(tokenize(source))
    statements = split_statements(tokens)
    if not statements:
        raise _empty(tokens[-1].span)
    for statement in statements:
        if statement.name is not None or statement is not statements[0]:
            raise ReadError("one expression is meant here", statement.span, "leave out definitions and further lines")
    found = read_expression(statements[0].body, Scope(frozenset(known), functions))
    return found.tree.expression(found.root), _readings((found,))


def parse_tokens(texts: Sequence[list[Token]], known: Collection[str] = ()) -> Program:
    """Read token streams, each of which ends with END, as one program: where any lexer meets the parser."""
    groups = [split_statements(rewrite_partials(tokens)) for tokens in texts]
    if not groups or not groups[-1]:
        raise _empty(texts[-1][-1].span if texts else None)
    statements = [s for group in groups for s in group]
    last = statements[-1]
    for statement in statements:
        _check_place(statement, last)
    defined = _check_unique([s for s in statements if s.name is not None])
    functions = {s.name: len(s.parameters) for s in statements if s.name is not None and s.parameters is not None}
    scope = Scope(frozenset(known) | (defined - functions.keys()) - functions.keys(), functions)
    found = [read_expression(s.body, _scope(scope, s)) for s in statements]
    bodies = [f.tree.expression(f.root) for f in found]
    definitions = [
        Definition(s.name, s.parameters, body, s.span)
        for s, body in zip(statements, bodies, strict=True)
        if s.name is not None
    ]
    ordered = in_order(definitions)
    if last.name is not None:
        _check_unused(last, definitions)
        ordered = [d for d in ordered if d.name != last.name]
    return Program(tuple(ordered), bodies[-1], _readings(found), last.name)


def _scope(scope: Scope, statement: Statement) -> Scope:
    if statement.parameters is None:
        return scope
    return Scope(scope.known, scope.functions, statement.parameters)


def _readings(found: Sequence[Found]) -> tuple[Reading, ...]:
    readings: list[Reading] = []
    for f in found:
        for ambiguity in f.ambiguities:
            if len(readings) == _MAX_READINGS:
                return tuple(readings)
            reading = ambiguity.reading(f.tree)
            readings += [] if reading is None else [reading]
    return tuple(sorted(readings, key=lambda r: r.span.start))


def _empty(span: Span | None) -> ReadError:
    return ReadError("there is no expression", span, "write a formula, such as (y-(w*x+b))^2")


def _check_place(statement: Statement, last: Statement) -> None:
    """Raise unless only the last statement is an expression, and it is not a function of the author's own."""
    if statement is last and statement.parameters is not None:
        hint = f"add the expression in which {statement.name} is used"
        raise ReadError("the text ends with the definition of a function", statement.span, hint)
    if statement is not last and statement.name is None:
        hint = "give it a name (u = …), or join the lines with an operator in brackets"
        raise ReadError("an expression stands before the end of the text", statement.span, hint)


def _check_unique(definitions: Sequence[Statement]) -> frozenset[str]:
    seen: set[str] = set()
    for statement in definitions:
        name = statement.name or ""
        if name in seen:
            raise ReadError(f"'{name}' is defined twice", statement.span, f"give one of them another name: {name}_1")
        seen.add(name)
    return frozenset(seen)


def _check_unused(last: Statement, definitions: Sequence[Definition]) -> None:
    """Raise if another definition reads the one that stands last, which is the expression itself."""
    for definition in definitions:
        if last.name in definition.body.names() and last.name not in (definition.parameters or ()):
            hint = "end the text with the expression that is to be differentiated"
            raise ReadError(f"'{definition.name}' uses '{last.name}', which stands last", definition.span, hint)
