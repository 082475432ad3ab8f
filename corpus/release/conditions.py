"""Conditions on columns, as a person writes them.

Goes in: a text such as `mean_matched_sim > 0.3 and language in ("en", "is")`. Comes out: an Arrow expression, which
Parquet readers check against the statistics of row groups before they read them. The text is parsed, never run.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from corpus.errors import SettingsError

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], pc.Expression]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda column, values: column.isin(values),
    ast.NotIn: lambda column, values: ~column.isin(values),
    ast.Is: lambda column, _: column.is_null(),
    ast.IsNot: lambda column, _: column.is_valid(),
}
COLUMNS = (ast.Name, ast.Attribute, ast.Subscript)
GRAMMAR = "columns, numbers, quoted text, lists, comparisons, in, is None, and, or, not"


def condition(text: str, schema: pa.Schema) -> pc.Expression:
    """The expression that `text` means for rows of `schema`; SettingsError when it means none. Fields of a struct are
    written `column.field`, values of a map `column["key"]`; a row in which a compared value is missing does not fit."""
    try:
        meant = boolean(ast.parse(text.strip(), mode="eval").body, text)
        ds.Scanner.from_batches([], schema=schema, filter=meant)
    except SyntaxError as error:
        raise SettingsError(f"condition {text!r} cannot be read: {error.msg}; it knows {GRAMMAR}") from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise SettingsError(
            f"condition {text!r} does not fit: {str(error).partition(' in ')[0]}; columns are {schema.names}"
        ) from None
    return meant


def boolean(node: ast.expr, text: str) -> pc.Expression:
    """An expression that is true or false."""
    if isinstance(node, ast.BoolOp):
        join = operator.and_ if isinstance(node.op, ast.And) else operator.or_
        first, *others = (boolean(value, text) for value in node.values)
        for other in others:
            first = join(first, other)
        return first
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~boolean(node.operand, text)
    if isinstance(node, ast.Compare):
        return comparison(node, text)
    if isinstance(node, COLUMNS):
        return column(node, text)
    raise unknown(node, text)


def comparison(node: ast.Compare, text: str) -> pc.Expression:
    """`a < b`, and the chain `a < b < c` as Python means it."""
    found: pc.Expression | None = None
    left = node.left
    for compare, right in zip(node.ops, node.comparators, strict=True):
        is_none = isinstance(right, ast.Constant) and right.value is None
        if isinstance(compare, (ast.Is, ast.IsNot)) != is_none:
            raise unknown(node, text)
        if isinstance(compare, (ast.In, ast.NotIn, ast.Is, ast.IsNot)):
            this = COMPARISONS[type(compare)](column(left, text), constant(right, text))
        else:
            this = COMPARISONS[type(compare)](operand(left, text), operand(right, text))
        found = this if found is None else found & this
        left = right
    assert found is not None
    return found


def operand(node: ast.expr, text: str) -> pc.Expression:
    if isinstance(node, COLUMNS):
        return column(node, text)
    return pc.scalar(constant(node, text))


def column(node: ast.expr, text: str) -> pc.Expression:
    """A column, a field of a struct, or what a map holds under a key."""
    if isinstance(node, ast.Subscript):
        return pc.map_lookup(column(node.value, text), constant(node.slice, text), "first")
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise unknown(node, text)
    return pc.field(node.id, *names)


def constant(node: ast.expr, text: str) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise unknown(node, text) from None


def unknown(node: ast.expr, text: str) -> SettingsError:
    part = ast.get_source_segment(text.strip(), node)
    return SettingsError(f"condition {text!r} has {part!r}, which is not understood; it knows {GRAMMAR}")
