"""Small changes of a module's source, each of which its tests should notice.

After DeMillo, Lipton, Sayward 1978, with the usual operators: comparisons, `and`/`or`, `not`, numbers ± 1, flags,
arithmetic, conditions turned round, `return None`, statements taken out. Types, docstrings, messages of errors and
assertions are left alone: no behaviour hangs on them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPARISONS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed module."""

    line: int
    what: str
    before: str
    after: str
    source: str


def mutants_of(source: str) -> list[Mutant]:
    """Every mutant of a module that is still a Python program."""
    return list(_Mutator(source).mutants())


class _Mutator:
    """Walks a module and splices changed pieces into its text, so that all other lines stay as they are."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.encode().splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def mutants(self) -> Iterator[Mutant]:
        for node in _living(ast.parse(self.source)):
            for what, piece in _changes(node):
                mutant = self.spliced(node, what, piece)
                if mutant is not None:
                    yield mutant

    def spliced(self, node: ast.expr | ast.stmt, what: str, piece: str) -> Mutant | None:
        data = self.source.encode()
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        before = data[start:end].decode()
        changed = (data[:start] + piece.encode() + data[end:]).decode()
        try:
            ast.parse(changed)
        except SyntaxError:
            return None  # an f-string's inside has no place of its own before Python 3.12
        return Mutant(line=node.lineno, what=what, before=before, after=piece, source=changed)


def _living(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The nodes on which behaviour hangs."""
    if isinstance(node, (ast.Assert, ast.Raise, ast.Import, ast.ImportFrom, ast.JoinedStr)) or _is_types(
        node
    ):
        return
    if isinstance(node, (ast.expr, ast.stmt)) and not _is_docstring(node):
        yield node
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "bases", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _living(child)


def _is_types(node: ast.AST) -> bool:
    """Whether a statement is there for type checkers only."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    if isinstance(node, ast.AnnAssign):
        return "TypeAlias" in ast.dump(node.annotation)
    return isinstance(node, ast.Assign) and "TypeVar" in ast.dump(node.value)


def _is_docstring(node: ast.expr | ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _changes(node: ast.expr | ast.stmt) -> Iterator[tuple[str, str]]:
    """What can be written in place of a node."""
    if isinstance(node, ast.stmt):
        yield from _changed_statement(node)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _COMPARISONS[type(node.ops[0])]:
            changed = ast.Compare(node.left, [other()], node.comparators)
            yield "comparison", f"({ast.unparse(changed)})"
    elif isinstance(node, ast.BoolOp):
        other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and/or", f"({ast.unparse(ast.BoolOp(other_op, node.values))})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        changed_op = ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        yield "arithmetic", f"({ast.unparse(changed_op)})"
    elif isinstance(node, ast.IfExp):
        yield "condition", f"({ast.unparse(ast.IfExp(node.test, node.orelse, node.body))})"
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "flag", str(not node.value)
        elif isinstance(node.value, (int, float)):
            yield "number", repr(node.value + 1)
            yield "number", f"({node.value - 1!r})"


def _changed_statement(node: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Return):
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "return None", "return None"
    elif isinstance(node, ast.Continue):
        yield "continue", "break"
    elif isinstance(node, ast.Break):
        yield "break", "continue"
    elif isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Delete)) and not _is_docstring(node):
        yield "statement taken out", "pass"
