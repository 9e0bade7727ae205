"""A Numba type for hyperparameters: numbers that never widen what they meet, and that know two of their powers.

NumPy 2 lets a Python float take the dtype of the array it meets. Compiled code has no such numbers, so this module makes
them: a Weak times a float32 is a float32, a Weak times a Weak stays weak. A beta also carries beta^t and beta^(t+1), so
that no element of an array has to compute them.
"""

import operator

import numpy as np
from numba import float64, int64, types
from numba.core import cgutils
from numba.extending import intrinsic, make_attribute_wrapper, models, overload, register_model

FIELDS = {"value": float64, "t": int64, "now": float64, "after": float64}


class WeakType(types.Type):
    """value, and where it is a beta: t, value^t and value^(t+1); t = -1 elsewhere."""

    def __init__(self):
        super().__init__("Weak")


WEAK = WeakType()


@register_model(WeakType)
class WeakModel(models.StructModel):
    """How a Weak lies in memory: its four fields, in registers once everything is inlined."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, list(FIELDS.items()))


for _field in FIELDS:
    make_attribute_wrapper(WeakType, _field, _field)


@intrinsic
def beta(context, value, t, now, after):
    """A Weak that knows two of its powers."""

    def make(context, builder, signature, args):
        made = cgutils.create_struct_proxy(WEAK)(context, builder)
        made.value, made.t, made.now, made.after = args
        return made._getvalue()

    return WEAK(*FIELDS.values()), make


@intrinsic
def weak(context, value):
    """A Weak that knows none."""

    def make(context, builder, signature, args):
        made = cgutils.create_struct_proxy(WEAK)(context, builder)
        made.value, made.t = args[0], int64_of(context, -1)
        return made._getvalue()

    def int64_of(context, number):
        return context.get_constant(int64, number)

    return WEAK(float64), make


def _is_weak(kind) -> bool:
    return isinstance(kind, WeakType)


def _operation(op) -> None:
    """Make `op` work between a Weak and another Weak, a whole number, or a float of any width."""

    @overload(op)
    def both(a, b):
        if _is_weak(a) and _is_weak(b):
            return lambda a, b: weak(op(a.value, b.value))
        if _is_weak(a) and isinstance(b, (types.Integer, types.Boolean)):
            return lambda a, b: weak(op(a.value, float(b)))
        if _is_weak(b) and isinstance(a, (types.Integer, types.Boolean)):
            return lambda a, b: weak(op(float(a), b.value))
        if _is_weak(a) and isinstance(b, types.Float):
            return lambda a, b: op(type(b)(a.value), b)
        if _is_weak(b) and isinstance(a, types.Float):
            return lambda a, b: op(a, type(a)(b.value))
        return None


def _comparison(op) -> None:
    @overload(op)
    def both(a, b):
        if _is_weak(a) and _is_weak(b):
            return lambda a, b: op(a.value, b.value)
        if _is_weak(a) and isinstance(b, types.Number):
            return lambda a, b: op(a.value, b)
        if _is_weak(b) and isinstance(a, types.Number):
            return lambda a, b: op(a, b.value)
        return None


def _function(name: str) -> None:
    """Make one of NumPy's functions of one number take a Weak. As in NumPy, what it returns has a width of its own."""
    function = getattr(np, name)

    @overload(function)
    def of_one(a):
        return (lambda a: function(a.value)) if _is_weak(a) else None


for _op in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, np.maximum, np.minimum):
    _operation(_op)
for _op in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
    _comparison(_op)
for _name in ("sqrt", "exp", "log", "absolute", "square", "sign", "tanh"):
    _function(_name)


@overload(operator.neg)
def _negated(a):
    return (lambda a: weak(-a.value)) if _is_weak(a) else None
