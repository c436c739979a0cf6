"""Small matrix forms -> terms: columns of a batch, their transposes, the ones vector, the identity, outer products.

A column has one index for each sample, a matrix two. A product joins the neighbours whose shapes fit: a row and a
column to a number, a column and a row to a matrix; two columns beside each other are taken elementwise, as people
write them. Everything else has no value here.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction as Rational
from functools import reduce

from bnverify.frozen import frozen
from bnverify.model.conventions import HALF
from bnverify.model.forms import is_ones
from bnverify.model.layers import Layer
from bnverify.model.meanings import IDENTITIES, in_force, inside_definition
from bnverify.model.notation import FAMILIES, Notation, Role
from bnverify.model.places import GENERIC
from bnverify.model.powers import constant, power_of
from bnverify.model.resolve import resolve
from bnverify.model.scope import Scope
from bnverify.model.terms import (
    ONE,
    Delta,
    Number,
    Partial,
    Sum,
    Term,
    Unknown,
    Value,
    free_indices,
    negative,
    plus,
    power,
    rename,
    times,
)
from bnverify.read.chains import Chain
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import (
    Addition,
    Call,
    Derivative,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Norm,
    Product,
    Raised,
    Root,
    Transposed,
    bare,
    inside,
)

ROW, COLUMN = GENERIC, "·2"
"""The index of a column, and the second one of a matrix; a row has the second alone."""


class Shape(StrEnum):
    """Which indices a value has."""

    NUMBER = "a number"
    COLUMN = "a column"
    ROW = "a row"
    MATRIX = "a matrix"


@frozen
class Matrix:
    """A value of some shape: a term in the indices ROW and COLUMN."""

    term: Term
    shape: Shape = Shape.NUMBER


class NoShape(Exception):
    """Shapes that do not fit, or a form that is not known; the message says why."""


def has_matrices(chain: Chain, notation: Notation) -> bool:
    """Whether a chain writes transposes, the ones vector or diagonal matrices, or a letter for a matrix."""
    exprs = (chain.head, *(step.side for step in chain.steps))
    return any(is_in_matrices(expr, notation) for expr in exprs)


def _is_of_matrices(node: Expr) -> bool:
    return isinstance(node, Transposed) or is_ones(node) or _is_diagonal(node)


def _names_matrix(node: Expr, notation: Notation) -> bool:
    """J, after `J_{ij} = ...`, `J = \\partial \\hat{x} / \\partial x` or `J = I - \\mathbf{1} \\mathbf{1}^\\top`."""
    if not isinstance(node, Name) or node.subscripts:
        return False
    symbol = notation.split(node)[0]
    definitions = notation.helpers.get(symbol, ()) if notation.role(symbol) is Role.HELPER else ()
    return any(len(set(one.index)) == 2 or (not one.index and _is_matrix(one.value, notation)) for one in definitions)


def _is_matrix(expr: Expr, notation: Notation) -> bool:
    own = any(isinstance(node, Name) and node.letter in IDENTITIES for node in inside(expr))
    return own or holds_matrices(expr) or is_jacobian(expr, notation)


def _families(layer: Layer) -> frozenset[Role]:
    """The quantities with an entry for each place: gains too, where each place has its own."""
    return FAMILIES | {Role.SCALE, Role.SHIFT} if set(layer.gains) & set(layer.over) else FAMILIES


def is_jacobian(expr: Expr, notation: Notation) -> bool:
    """All derivatives of one family by another: neither has an index."""
    expr = bare(expr)
    if not isinstance(expr, Derivative) or expr.of is None or is_gradient(expr, notation.losses):
        return False
    named = [notation.symbol(one) for one in (expr.of, expr.by)]
    families = _families(notation.shape.layer)
    return all(one is not None and not one[1] and notation.role(one[0]) in families for one in named)


def is_in_matrices(expr: Expr, notation: Notation) -> bool:
    """Whether an expression is written in matrices, or in letters for them."""
    return holds_matrices(expr) or any(_names_matrix(node, notation) for node in inside(expr))


def holds_matrices(expr: Expr) -> bool:
    return any(map(_is_of_matrices, inside(expr)))


def _is_diagonal(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.name == Name("diag") and len(expr.arguments) == 1 and not expr.index


def term_of(expr: Expr, scope: Scope) -> Term:
    """What an expression means, in a chain with matrices or without."""
    return matrix_term(expr, scope) if scope.matrices else resolve(expr, scope)


def matrix_term(expr: Expr, scope: Scope) -> Term:
    """The term of a head or a side of such a chain; of a matrix the element in any row and column."""
    if scope.layer.rank > 1:
        return Unknown("matrices of samples and features are not worked out")
    try:
        made = _matrix(expr, scope)
    except NoShape as why:
        return Unknown(str(why))
    if made.shape is Shape.ROW and scope.head == {ROW}:
        scope.assume("a row beside a column: which of both a derivative is written as is not judged")
        made = _transposed(made)
    return made.term


def column_of(expr: Expr, scope: Scope) -> Term:
    """The generic element of a column, or the number, that an expression in matrices is; of a matrix nothing."""
    if scope.layer.rank > 1:
        return Unknown("matrices of samples and features are not worked out")
    try:
        made = _matrix(expr, scope)
    except NoShape as why:
        return Unknown(str(why))
    known = made.shape in (Shape.COLUMN, Shape.NUMBER)
    return made.term if known else Unknown(f"{made.shape} in a formula without matrices is not worked out")


def _matrix(expr: Expr, scope: Scope) -> Matrix:
    match expr:
        case Group(body=body):
            return _matrix(body, scope)
        case Negative(body=body):
            inner = _matrix(body, scope)
            return Matrix(negative(inner.term), inner.shape)
        case Addition(terms=terms):
            return _added([_matrix(term, scope) for term in terms])
        case Product(factors=factors):
            return reduce(_multiplied, (_matrix(factor, scope) for factor in factors))
        case Fraction(above=above, below=below):
            under = _matrix(below, scope)
            if under.shape is not Shape.NUMBER:
                raise NoShape(f"{under.shape} cannot be divided by")
            return _multiplied(_matrix(above, scope), Matrix(power_of(under.term, Rational(-1))))
        case Transposed(body=body):
            return _transposed(_matrix(body, scope))
        case Call(arguments=(inside_it, *_)) if _is_diagonal(expr):
            return _diagonal(_matrix(inside_it, scope))
        case Raised(base=Call(arguments=(inside_it, *_)) as base, exponent=exponent) if _is_diagonal(base):
            return _diagonal(_raised(_matrix(inside_it, scope), constant(resolve(exponent, scope))))
        case Name() if is_ones(expr):
            return Matrix(ONE, Shape.COLUMN)
        case Name() if (found := _named(expr, scope)) is not None:
            return found
        case Norm(body=body):
            inner = _matrix(body, scope)
            return Matrix(power(_joined(_transposed(inner), inner), HALF))
        case Raised(base=base, exponent=exponent) if any(map(is_ones, inside(base))):
            return _raised(_matrix(base, scope), constant(resolve(exponent, scope)))
        case Root(body=body, degree=None) if holds_matrices(body):
            return _raised(_matrix(body, scope), HALF)
        case Name(letter=letter, subscripts=()) if letter in IDENTITIES and _role(expr, scope) is None:
            return Matrix(Delta(ROW, COLUMN), Shape.MATRIX)
        case Derivative(of=Name() as of, by=Name() as by) if not is_gradient(expr, scope.notation.losses):
            return _jacobian(of, by, scope)
        case _:
            return _plain(expr, scope)


def _diagonal(column: Matrix) -> Matrix:
    """A matrix with the entries of a column on its diagonal."""
    if column.shape is not Shape.COLUMN:
        raise NoShape(f"the diagonal of {column.shape} is not worked out")
    return Matrix(times(Delta(ROW, COLUMN), column.term), Shape.MATRIX)


def _raised(base: Matrix, exponent: Rational | None) -> Matrix:
    if exponent is None or base.shape is Shape.MATRIX:
        raise NoShape(f"a power of {base.shape} is not worked out")
    return Matrix(power_of(base.term, exponent), base.shape)


def _role(expr: Expr, scope: Scope) -> Role | None:
    named = scope.notation.symbol(expr)
    return scope.notation.role(named[0]) if named else None


def _plain(expr: Expr, scope: Scope) -> Matrix:
    """What holds no matrix: a number, or the generic element of a column."""
    term = resolve(expr, scope)
    if isinstance(term, Unknown):
        raise NoShape(term.why)
    free = free_indices(term)
    if free - {ROW}:
        raise NoShape("indices and matrices in one formula are not worked out")
    return Matrix(term, Shape.COLUMN if free else Shape.NUMBER)


def _named(name: Name, scope: Scope) -> Matrix | None:
    """A letter of the note for a matrix, or for a column that it writes in matrices."""
    symbol, index = scope.notation.split(name)
    meant = in_force(symbol, scope)
    if index or meant is None or symbol in scope.promoted or symbol in scope.expanding:
        return None
    inner = inside_definition(symbol, meant, scope)
    if len(set(meant.index)) == 2:
        names = dict(zip(meant.index, (ROW, COLUMN), strict=True))
        return Matrix(rename(resolve(meant.value, inner), names), Shape.MATRIX)
    written = is_in_matrices(meant.value, scope.notation) or _is_matrix(meant.value, scope.notation)
    return _matrix(meant.value, inner) if written and not meant.index else None


def _jacobian(of: Name, by: Name, scope: Scope) -> Matrix:
    """All derivatives of one column by another."""
    column = _named(of, scope) or (_plain(of, scope) if _role(of, scope) is Role.HELPER else None)
    if column is not None and column.shape is Shape.COLUMN and _role(by, scope) in _families(scope.layer):
        below = resolve(by, scope)
        if isinstance(below, Value) and not scope.notation.split(by)[1]:
            return Matrix(Partial(column.term, Value(below.name, (COLUMN,)), scope.reading), Shape.MATRIX)
    above, below = resolve(of, scope), resolve(by, scope)
    families = all(_role(bare(one), scope) in _families(scope.layer) for one in (of, by))
    if not families or not isinstance(above, Value) or not isinstance(below, Value):
        return _plain(Derivative(of, by), scope)
    return Matrix(Partial(above, Value(below.name, (COLUMN,)), scope.reading), Shape.MATRIX)


def _added(parts: list[Matrix]) -> Matrix:
    shapes = {part.shape for part in parts if part.term != Number(Rational(0))}
    if len(shapes) != 1:
        raise NoShape(f"{' and '.join(sorted(shapes))} cannot be added")
    return Matrix(plus(*(part.term for part in parts)), shapes.pop())


def _transposed(one: Matrix) -> Matrix:
    turned = {Shape.COLUMN: Shape.ROW, Shape.ROW: Shape.COLUMN}
    return Matrix(rename(one.term, {ROW: COLUMN, COLUMN: ROW}), turned.get(one.shape, one.shape))


def _multiplied(left: Matrix, right: Matrix) -> Matrix:
    match left.shape, right.shape:
        case (Shape.NUMBER, shape) | (shape, Shape.NUMBER):
            return Matrix(times(left.term, right.term), shape)
        case (Shape.COLUMN, Shape.ROW):
            return Matrix(times(left.term, right.term), Shape.MATRIX)
        case (Shape.COLUMN, Shape.COLUMN):
            return Matrix(times(left.term, right.term), Shape.COLUMN)
        case (Shape.ROW, Shape.COLUMN):
            return Matrix(_joined(left, right), Shape.NUMBER)
        case (Shape.MATRIX, Shape.COLUMN):
            return Matrix(_joined(left, right), Shape.COLUMN)
        case (Shape.ROW, Shape.MATRIX):
            return Matrix(_joined(left, right), Shape.ROW)
        case (Shape.MATRIX, Shape.MATRIX):
            return Matrix(_joined(left, right), Shape.MATRIX)
        case _:
            raise NoShape(f"{left.shape} times {right.shape} has no value")


def _joined(left: Matrix, right: Matrix) -> Term:
    """Summed over the second index of the left and the first of the right."""
    index = "·3"
    return Sum(index, times(rename(left.term, {COLUMN: index}), rename(right.term, {ROW: index})))
