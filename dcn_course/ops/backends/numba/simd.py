"""Vectors of 16 numbers for numba: one operation works on 16 output points at a time.

LLVM, numba's compiler, knows vectors of any length and translates them to what the machine has: one AVX-512
register, two of AVX2, four of SSE or NEON. numba has no notation for them; this module adds one. In compiled
code `load(array, i)` is the vector of `array[i : i + 16]`, and + - * < work on vectors. float32,
float64, int32 and int64 are known.

Nothing here checks an index.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

from dcn_course.ops.backends.numba.compile import inner

LANES = 16
_FLAGS = ("contract", "nsz")
_INT32, _INT64 = ir.IntType(32), ir.IntType(64)
_ELEMENTS = {
    types.float32: ir.FloatType(),
    types.float64: ir.DoubleType(),
    types.int32: _INT32,
    types.int64: _INT64,
    types.boolean: ir.IntType(1),
}


class Vector(types.Type):
    """The type of a vector of 16 `element`."""

    def __init__(self, element: Any) -> None:
        self.element = element
        super().__init__(name=f"Vector({element})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, ir.VectorType(_ELEMENTS[vector.element], LANES))


def _lanes(numbers: Sequence[int]) -> ir.Constant:
    """The numbers of the lanes that a shuffle picks."""
    return ir.Constant(ir.VectorType(_INT32, len(numbers)), list(numbers))


def _pick(builder: Any, numbers: Sequence[int], first: Any, second: Any = None) -> Any:
    """Put lanes of two vectors (the second's are counted on from the first's) together to one."""
    second = ir.Constant(first.type, ir.Undefined) if second is None else second
    return builder.shuffle_vector(first, second, _lanes(numbers))


def _address(context: Any, builder: Any, array_type: Any, array: Any, index: Any, vector: Any = None) -> Any:
    """The address of `array[index]`, to be read or written as `vector` if given."""
    data = context.make_array(array_type)(context, builder, array).data
    address = builder.gep(data, [index])
    return address if vector is None else builder.bitcast(address, ir.PointerType(vector))


def _size(array_type: Any) -> int:
    """Bytes of an element: what the address of any element is a multiple of."""
    return int(array_type.dtype.bitwidth) // 8


# Arithmetic


def _lower_arithmetic(operation: Any, of_floats: str, of_ints: str) -> None:
    @type_callable(operation)
    def type_of(context: Any) -> Callable[..., Any]:
        return lambda a, b: a if isinstance(a, Vector) and a == b else None

    @lower_builtin(operation, Vector, Vector)
    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if isinstance(signature.return_type.element, types.Integer):
            return getattr(builder, of_ints)(*values)
        return getattr(builder, of_floats)(*values, flags=_FLAGS)


_lower_arithmetic(operator.add, "fadd", "add")
_lower_arithmetic(operator.sub, "fsub", "sub")
_lower_arithmetic(operator.mul, "fmul", "mul")


def _lower_comparison(operation: Any, sign: str) -> None:
    """Comparisons of floats; false where a lane is NaN."""

    @type_callable(operation)
    def type_of(context: Any) -> Callable[..., Any]:
        return lambda a, b: Vector(types.boolean) if isinstance(a, Vector) and a == b else None

    @lower_builtin(operation, Vector, Vector)
    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.fcmp_ordered(sign, *values)


_lower_comparison(operator.lt, "<")
_lower_comparison(operator.ge, ">=")


@type_callable(operator.or_)
def _type_or(context: Any) -> Callable[..., Any]:
    return lambda a, b: a if a == b == Vector(types.boolean) else None


@lower_builtin(operator.or_, Vector, Vector)
def _lower_or(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    return builder.or_(*values)


@intrinsic
def lost(_: Any, a: Any, b: Any) -> Any:
    """Where a or b is NaN."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.fcmp_unordered("uno", *values)

    return Vector(types.boolean)(a, b), lower


@intrinsic
def select(_: Any, where: Any, yes: Any, no: Any) -> Any:
    """The lanes of `yes` where the condition holds, of `no` elsewhere."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(*values)

    return yes(where, yes, no), lower


@inner
def clamp(x, low, high):
    """`x` moved into [low, high]; `high` where `x` is NaN."""
    x = select(x < high, x, high)
    return select(x < low, low, x)


@intrinsic
def floor(_: Any, x: Any) -> Any:
    """The largest whole number that is not above, as a float."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = values[0].type
        kind = "f32" if x.element is types.float32 else "f64"
        name = f"llvm.floor.v{LANES}{kind}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector]), name)
        return builder.call(function, values)

    return x(x), lower


@intrinsic
def to_int(_: Any, x: Any) -> Any:
    """Whole floats as int32; they must lie within."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.fptosi(values[0], ir.VectorType(_INT32, LANES))

    return Vector(types.int32)(x), lower


@intrinsic
def wide_product(_: Any, x: Any, y: Any) -> Any:
    """The product of int32 as int64, so that it cannot overflow."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        wide = ir.VectorType(_INT64, LANES)
        return builder.mul(*[builder.sext(value, wide) for value in values])

    return Vector(types.int64)(x, y), lower


@intrinsic
def total(_: Any, x: Any) -> Any:
    """The sum of the lanes, by halves: always in the same order."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector, width = values[0], LANES
        while width > 1:
            width //= 2
            low, high = range(width), range(width, 2 * width)
            vector = builder.fadd(_pick(builder, low, vector), _pick(builder, high, vector))
        return builder.extract_element(vector, _INT32(0))

    return x.element(x), lower


# Memory


@intrinsic
def splat(_: Any, x: Any) -> Any:
    """A vector of 16 times the same number."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = ir.VectorType(values[0].type, LANES)
        one = builder.insert_element(ir.Constant(vector, ir.Undefined), values[0], _INT32(0))
        return _pick(builder, [0] * LANES, one)

    return Vector(types.unliteral(x))(x), lower


@intrinsic
def number(_: Any, array: Any, i: Any) -> Any:
    """`array[i]` for an index that is not negative: numba would look for that each time."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(_address(context, builder, array, *values), align=_size(array))

    return array.dtype(array, types.intp), lower


@intrinsic
def put(_: Any, array: Any, i: Any, x: Any) -> Any:
    """`array[i] = x` for an index that is not negative."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        builder.store(values[2], _address(context, builder, array, *values[:2]), align=_size(array))
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), lower


@intrinsic
def load(_: Any, array: Any, i: Any) -> Any:
    """`array[i : i + 16]` of an array of one axis."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = ir.VectorType(_ELEMENTS[array.dtype], LANES)
        address = _address(context, builder, array, values[0], values[1], vector)
        return builder.load(address, align=_size(array))

    return Vector(array.dtype)(array, types.intp), lower


@intrinsic
def store(_: Any, array: Any, i: Any, x: Any) -> Any:
    """`array[i : i + 16] = x`."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        address = _address(context, builder, array, values[0], values[1], values[2].type)
        builder.store(values[2], address, align=_size(array))
        return context.get_dummy_value()

    return types.void(array, types.intp, x), lower


@inner
def add(array, i, x):
    """`array[i : i + 16] += x`."""
    store(array, i, load(array, i) + x)


@intrinsic
def prefetch(_: Any, array: Any, i: Any) -> Any:
    """Ask for the memory of `array[i]`, which will be read soon; it may lie behind the array's end."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        address = _address(context, builder, array, values[0], values[1], ir.IntType(8))
        kind = ir.FunctionType(ir.VoidType(), [address.type, _INT32, _INT32, _INT32])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [address, _INT32(0), _INT32(3), _INT32(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), lower


def _before(builder: Any, i: Any, end: Any) -> Any:
    """Which of the lanes `i`, `i + 1`, ... lie before `end`."""
    left = builder.trunc(builder.sub(end, i), _INT32)
    one = builder.insert_element(ir.Constant(ir.VectorType(_INT32, LANES), ir.Undefined), left, _INT32(0))
    return builder.icmp_signed("<", _lanes(range(LANES)), _pick(builder, [0] * LANES, one))


def _masked(builder: Any, name: str, vector: Any, result: Any, values: Sequence[Any]) -> Any:
    """Call LLVM's masked load or store."""
    element = {"float": "f32", "double": "f64"}[str(vector.element)]
    kind = ir.FunctionType(result, [value.type for value in values])
    name = f"llvm.masked.{name}.v{LANES}{element}.p0"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), values)


@intrinsic
def _load_before(_: Any, array: Any, i: Any, end: Any, rest: Any) -> Any:
    """The lanes of `array[i : i + 16]` that lie before `end`, those of `rest` elsewhere."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = values[3].type
        address = _address(context, builder, array, values[0], values[1], vector)
        given = [address, _INT32(_size(array)), _before(builder, values[1], values[2]), values[3]]
        return _masked(builder, "load", vector, vector, given)

    return rest(array, types.intp, types.intp, rest), lower


@intrinsic
def _store_before(_: Any, array: Any, i: Any, end: Any, x: Any) -> Any:
    """Store the lanes that lie before `end`."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = values[3].type
        address = _address(context, builder, array, values[0], values[1], vector)
        given = [values[3], address, _INT32(_size(array)), _before(builder, values[1], values[2])]
        _masked(builder, "store", vector, ir.VoidType(), given)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, x), lower


@inner
def load_until(array, i, end):
    """`load`, but `array[end - 1]` in the lanes from `end` on, so that nothing behind is read."""
    if i + LANES <= end:
        return load(array, i)
    return _load_before(array, i, end, splat(number(array, end - 1)))


@inner
def store_until(array, i, end, x):
    """`store`, but the lanes from `end` on are left out."""
    if i + LANES <= end:
        store(array, i, x)
    else:
        _store_before(array, i, end, x)


# Quads: four numbers that lie side by side, one quad for each of the 16 points


def _transpose(builder: Any, rows: Sequence[Any]) -> list[Any]:
    """Turn four vectors, seen as four 4x4 matrices side by side, into their transposes."""

    def each(low: Sequence[int]) -> list[int]:
        return [4 * matrix + k for matrix in range(4) for k in low]

    second = LANES
    even, odd = each([0, second, 1, second + 1]), each([2, second + 2, 3, second + 3])
    front, back = each([0, 1, second, second + 1]), each([2, 3, second + 2, second + 3])
    a, b = _pick(builder, even, rows[0], rows[1]), _pick(builder, odd, rows[0], rows[1])
    c, d = _pick(builder, even, rows[2], rows[3]), _pick(builder, odd, rows[2], rows[3])
    return [
        _pick(builder, front, a, c),
        _pick(builder, back, a, c),
        _pick(builder, front, b, d),
        _pick(builder, back, b, d),
    ]


def _quad_addresses(context: Any, builder: Any, signature: Any, values: Any) -> list[Any]:
    """The addresses of the 16 quads `table[index[i + lane] + shift : ... + 4]`."""
    table_type, index_type = signature.args[:2]
    table, index, i, shift = values[:4]
    quad = ir.VectorType(_ELEMENTS[table_type.dtype], 4)
    start = _address(context, builder, table_type, table, shift)
    indices = _address(context, builder, index_type, index, i)
    addresses = []
    for k in range(LANES):
        place = builder.load(builder.gep(indices, [_INT32(k)]))
        addresses.append(builder.bitcast(builder.gep(start, [place]), ir.PointerType(quad)))
    return addresses


@intrinsic
def gather(_: Any, table: Any, index: Any, i: Any, shift: Any) -> Any:
    """Read the quads at `table[index[i + lane] + shift]`: four vectors, one for each number of a quad.

    One read brings the four pixels of a point; a transpose in registers sorts them.
    """
    four = types.UniTuple(Vector(table.dtype), 4)

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        quads = [
            builder.load(address, align=_size(table))
            for address in _quad_addresses(context, builder, signature, values)
        ]
        rows = []
        for row in range(4):
            low = _pick(builder, range(8), quads[row], quads[row + 4])
            high = _pick(builder, range(8), quads[row + 8], quads[row + 12])
            rows.append(_pick(builder, range(16), low, high))
        return context.make_tuple(builder, four, _transpose(builder, rows))

    return four(table, index, types.intp, types.intp), lower


@intrinsic
def scatter(_: Any, table: Any, index: Any, i: Any, shift: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Add to the quads at `table[index[i + lane] + shift]`, point after point: repeated places add up."""

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        addresses = _quad_addresses(context, builder, signature, values)
        rows = _transpose(builder, values[4:])
        for k, address in enumerate(addresses):
            quad = _pick(builder, range(4 * (k // 4), 4 * (k // 4) + 4), rows[k % 4])
            old = builder.load(address, align=_size(table))
            builder.store(builder.fadd(old, quad), address, align=_size(table))
        return context.get_dummy_value()

    return types.void(table, index, types.intp, types.intp, a, b, c, d), lower
