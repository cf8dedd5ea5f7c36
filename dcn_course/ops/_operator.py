"""An operator as PyTorch knows it: by name, so that its compiler, its transforms and autocast can use it."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

_library: Any = torch.library.Library("dcn_course", "DEF")  # type: ignore[no-untyped-call]


class Operator:
    """`torch.ops.dcn_course.NAME` with one output, and `NAME_backward` for its gradients.

    Under autocast both compute in float32. Under `torch.vmap` the additional axis becomes groups of channels.

    Args:
        name: NAME.
        tensors: Its first arguments in PyTorch's schema language, with the axis of their channels.
        numbers: Its other arguments, in the same language.
        forward: From all arguments to the output.
        backward: From the output's gradient, all arguments, and for each tensor whether its gradient is
            wanted, to a gradient for each tensor, None where it is not wanted.
        shape: From all arguments to the shape of the output; checks them too.
        twice: From all arguments to whether `backward` consists of operations that PyTorch can derive.
    """

    def __init__(
        self,
        name: str,
        tensors: dict[str, int],
        numbers: str,
        *,
        forward: Callable[..., Tensor],
        backward: Callable[..., Sequence[Tensor | None]],
        shape: Callable[..., tuple[int, ...]],
        twice: Callable[..., bool],
    ) -> None:
        self.name, self.count = name, len(tensors)
        self._axes = tuple(tensors.values())
        self._derive, self._shape, self.twice = backward, shape, twice
        arguments = ", ".join((*tensors, numbers))
        self.forward: Any = self._define(
            f"{name}({arguments}) -> Tensor",
            forward,
            autograd=lambda *given: _Differentiable.apply(self, *given),
            fake=self._empty_output,
            vmap=self._forward_over_more,
        )
        self.backward: Any = self._define(
            f"{name}_backward(Tensor grad_output, {arguments}, bool[] wanted) -> Tensor[]",
            self.wanted_gradients,
            autograd=self.gradients,
            fake=self._empty_gradients,
            vmap=self._backward_over_more,
        )

    @staticmethod
    def _define(
        schema: str,
        compute: Callable[..., Any],
        *,
        autograd: Callable[..., Any],
        fake: Callable[..., Any],
        vmap: Callable[..., Any],
    ) -> Any:
        name = schema.partition("(")[0]
        _library.define(schema)
        _library.impl(name, compute, "CompositeExplicitAutograd")
        _library.impl(name, autograd, "Autograd")
        qualified = f"dcn_course::{name}"
        torch.library.register_fake(qualified, fake, lib=_library)
        torch.library.register_vmap(qualified, vmap, lib=_library)
        for device in ("cpu", "cuda"):
            torch.library.register_autocast(qualified, device, torch.float32, lib=_library)
        return getattr(torch.ops.dcn_course, name).default

    def __call__(self, *arguments: Any) -> Tensor:
        """Compute the output."""
        # What torch.func derives must be an autograd.Function before it is an operator.
        if torch._C._are_functorch_transforms_active():
            output: Tensor = _Transformable.apply(self, *arguments)
        else:
            output = self.forward(*arguments)
        return output

    def gradients(self, *given: Any) -> list[Tensor]:
        """The gradients that are wanted, from the arguments of `backward`, with their derivative."""
        if torch.is_grad_enabled() and any(t.requires_grad for t in given if isinstance(t, Tensor)):
            return list(_Gradients.apply(self, *given))
        with torch._C._AutoDispatchBelowAutograd():
            made: list[Tensor] = self.backward(*given)
        return made

    def wanted_gradients(self, *given: Any) -> list[Tensor]:
        """The same from the derivation itself."""
        return [gradient.contiguous() for gradient in self._derive(*given) if gradient is not None]

    def _empty_output(self, *given: Any) -> Tensor:
        first: Tensor = given[0]
        return first.new_empty(self._shape(*given))

    def _empty_gradients(self, *given: Any) -> list[Tensor]:
        return [t.new_empty(t.shape) for t, wanted in zip(given[1:], given[-1], strict=False) if wanted]

    def _forward_over_more(
        self, info: Any, in_dims: tuple[int | None, ...], *given: Any
    ) -> tuple[Tensor, int]:
        folded = self._fold(self._axes, info.batch_size, in_dims, given)
        output: Tensor = self.forward(*folded, *given[self.count :])
        return _unfold(output, 1, info.batch_size), 1

    def _backward_over_more(
        self, info: Any, in_dims: tuple[int | None, ...], *given: Any
    ) -> tuple[list[Tensor], list[int]]:
        folded = self._fold((1, *self._axes), info.batch_size, in_dims, given)
        made: list[Tensor] = self.backward(*folded, *given[self.count + 1 :])
        axes = [axis for axis, wanted in zip(self._axes, given[-1], strict=True) if wanted]
        return [
            _unfold(gradient, axis, info.batch_size) for gradient, axis in zip(made, axes, strict=True)
        ], axes

    @staticmethod
    def _fold(
        axes: tuple[int, ...], number: int, in_dims: tuple[int | None, ...], given: tuple[Any, ...]
    ) -> list[Tensor | None]:
        """The tensors with the additional axis folded into that of the channels, where it makes groups."""
        folded: list[Tensor | None] = []
        for axis, more, tensor in zip(axes, in_dims, given, strict=False):
            if tensor is None:
                folded.append(None)
            elif more is None:
                folded.append(torch.cat([tensor] * number, axis))
            else:
                folded.append(tensor.movedim(more, axis).flatten(axis, axis + 1))
        return folded


def _unfold(tensor: Tensor, axis: int, number: int) -> Tensor:
    """`tensor` with its `axis` split in two, the first of length `number`."""
    return tensor.view(*tensor.shape[:axis], number, tensor.shape[axis] // number, *tensor.shape[axis + 1 :])


class _Differentiable(torch.autograd.Function):
    """The operator with its derivative."""

    @staticmethod
    def forward(ctx: Any, operator: Operator, *arguments: Any) -> Tensor:
        with torch._C._AutoDispatchBelowAutograd():
            output: Tensor = operator.forward(*arguments)
        _keep(ctx, operator, *arguments)
        return output

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        operator: Operator = ctx.operator
        wanted = list(ctx.needs_input_grad[1 : operator.count + 1])
        made = iter(operator.gradients(grad_output, *ctx.saved_tensors, *ctx.numbers, wanted))
        gradients = (next(made) if is_wanted else None for is_wanted in wanted)
        return None, *gradients, *(None for _ in ctx.numbers)


def _keep(ctx: Any, operator: Operator, *arguments: Any) -> None:
    ctx.save_for_backward(*arguments[: operator.count])
    ctx.operator, ctx.numbers = operator, arguments[operator.count :]


class _Transformable(_Differentiable):
    """The same in the form that torch.func asks for; each call costs more."""

    generate_vmap_rule = True

    @staticmethod
    def forward(operator: Operator, *arguments: Any) -> Tensor:  # type: ignore[override]
        output: Tensor = operator.forward(*arguments)
        return output

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _keep(ctx, *inputs)


class _Gradients(torch.autograd.Function):
    """The gradients with their derivative, which PyTorch finds from the steps of the derivation."""

    generate_vmap_rule = True

    @staticmethod
    def forward(operator: Operator, *given: Any) -> tuple[Tensor, ...]:
        return tuple(operator.backward(*given))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        operator, *given = inputs
        ctx.save_for_backward(*given[: operator.count + 1])
        ctx.operator, ctx.numbers = operator, given[operator.count + 1 :]

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        operator, tensors = ctx.operator, ctx.saved_tensors
        if not operator.twice(*tensors[1:], *ctx.numbers[:-1]):
            raise RuntimeError(
                f"{operator.name}: the compiled backend defines the gradients once; for a second derivative, "
                'as with create_graph=True, give backend="torch"'
            )

        def derivation(*values: Tensor) -> tuple[Tensor, ...]:
            each = iter(values)
            given = (None if tensor is None else next(each) for tensor in tensors)
            return tuple(operator.wanted_gradients(*given, *ctx.numbers))

        there = [tensor for tensor in tensors if tensor is not None]
        pull_back: Any = torch.func.vjp(derivation, *there)[1]
        made = iter(pull_back(grad_outputs))
        gradients = (None if tensor is None else next(made) for tensor in tensors)
        return None, *gradients, *(None for _ in ctx.numbers)
