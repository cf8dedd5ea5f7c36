"""Exercise 13: an epoch, the freezing, the training of the offsets alone, the accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import inputs, probes
from .model import Arguments, Family, Feature, Ladder, Numbers, Plane, Quantity, Rung, grid

_RATE, _EPOCHS = 0.5, 3
_CLASSES = 3


def _family(name: str, about: str, kind: str, count: int, batch: int, training: bool = True) -> Family:
    def make(function: str, rng: np.random.Generator) -> Arguments:
        network = {"kind": kind, "seed": int(rng.integers(1000))}
        if function == "freeze":
            return network | {"size": 5}
        images = inputs.image(rng, count, 1, 5, 5)
        labels = rng.integers(0, _CLASSES, count)
        if function == "accuracy":
            mostly = np.where(rng.random(count) < 0.7, _classes(images, **network), labels)
            return {"images": images, "labels": mostly, "training": training} | network
        if kind == "dropout":  # what is left out is random: only the accuracy is asked of it
            network["kind"] = "one"
        made: Arguments = {"images": images, "labels": labels, "batch": batch, "rate": _RATE} | network
        return made | ({"epochs": _EPOCHS} if function == "train_offsets" else {})

    return Family(name, about, make)


FAMILIES = (
    _family("one layer", "a network with one deformable layer", "one", 8, 4),
    _family("two layers", "a network with two deformable layers", "two", 6, 3, training=False),
    _family("last batch", "a last batch that is smaller than the others", "one", 7, 3),
    _family("one batch", "all images in one batch", "chain", 5, 9),
    _family("dropout", "a network with a dropout", "dropout", 60, 30),
)


def _build(kind: str, seed: int, size: int) -> Any:
    from ..probes.train_offsets import build

    return build(kind, seed, size)


def _classes(images: Numbers, **network: Any) -> Numbers:
    import torch

    scores = _build(size=images.shape[2], **network).eval()(torch.from_numpy(images))
    found: Numbers = scores.argmax(1).numpy()
    return found


def _epoch(images: Numbers, labels: Numbers, batch: int, rate: float, **network: Any) -> tuple[Numbers, ...]:
    built = _build(size=images.shape[2], **network)
    (loss,) = _descend(built, list(built.parameters()), images, labels, 1, rate, batch)
    return (np.array(loss), *_parts(built))


def _train(
    images: Numbers, labels: Numbers, epochs: int, rate: float, batch: int, **network: Any
) -> tuple[Numbers, ...]:
    built = _build(size=images.shape[2], **network)
    free = [p for name, p in built.named_parameters() if _is_predictor(name)]
    losses = _descend(built, free, images, labels, epochs, rate, batch)
    return (np.array(losses), *_parts(built))


def _descend(
    network: Any, free: list[Any], images: Numbers, labels: Numbers, epochs: int, rate: float, batch: int
) -> list[float]:
    """Descend with momentum, written out: v = 0.9 v + gradient, p = p - rate v."""
    import torch

    speed = [torch.zeros_like(parameter) for parameter in free]
    losses = []
    for _ in range(epochs):
        total = 0.0
        for n in range(0, len(images), batch):
            X, right = torch.from_numpy(images[n : n + batch]), torch.from_numpy(labels[n : n + batch])
            logs = network(X).log_softmax(1)
            each = -logs[torch.arange(len(X)), right]
            gradients = torch.autograd.grad(each.mean(), free)
            total += float(each.detach().sum())
            with torch.no_grad():
                for parameter, v, gradient in zip(free, speed, gradients, strict=True):
                    v.mul_(0.9).add_(gradient)
                    parameter.sub_(rate * v)
        losses.append(total / len(images))
    return losses


def _freeze(**network: Any) -> tuple[Numbers, ...]:
    flags = np.array([_is_predictor(name) for name, _ in _build(**network).named_parameters()], int)
    return flags, flags


def _accuracy(images: Numbers, labels: Numbers, training: bool, **network: Any) -> tuple[Numbers]:
    return (np.array((_classes(images, **network) == labels).mean()),)


def _is_predictor(name: str) -> bool:
    return "offset_predictor" in name.split(".")


def _parts(network: Any) -> tuple[Numbers, Numbers]:
    named = [(name, p.detach().numpy().ravel()) for name, p in network.named_parameters()]
    predictors = [p for name, p in named if _is_predictor(name)]
    return np.concatenate(predictors), np.concatenate([p for name, p in named if not _is_predictor(name)])


def _names(arguments: Arguments) -> list[str]:
    size = arguments["images"].shape[2] if "images" in arguments else arguments["size"]
    return [name for name, _ in _build(arguments["kind"], arguments["seed"], size).named_parameters()]


def _flag_features(arguments: Arguments) -> list[Feature]:
    names = _names(arguments)

    def each(test: Any) -> Any:
        return np.array([test(name) for name in names], bool)

    return [
        Feature("belong to offset predictors", each(_is_predictor), "they alone are trained"),
        Feature("belong to kernels or to the classifier", ~each(_is_predictor), "they are frozen"),
        Feature(
            "have offset or predictor in their name, but belong to no offset_predictor",
            each(lambda n: not _is_predictor(n) and ("offset" in n or "predictor" in n)),
            "compare the module's whole name",
        ),
        Feature("are biases", each(lambda name: name.endswith("bias")), "a predictor has a bias too"),
        Feature("are weights", each(lambda name: name.endswith("weight"))),
        Feature(
            "belong to another layer than the first",
            each(lambda name: name.startswith("second")),
            "go through all modules, at any depth",
        ),
    ]


def _flag_planes(arguments: Arguments) -> list[Plane]:
    (place,) = grid((len(_names(arguments)),))
    return [Plane("the parameters in their order", np.zeros_like(place), place, (1, place.size))]


def _run_features(arguments: Arguments) -> list[Feature]:
    """Features of whole runs; they broadcast to numbers and to rows of numbers."""
    uneven = np.array(len(arguments["images"]) % arguments.get("batch", 1) != 0)
    several = np.array(len(arguments["images"]) > arguments.get("batch", len(arguments["images"])))
    return [
        Feature("come from runs whose last batch is smaller", uneven, "it counts with its own size"),
        Feature("come from runs of several batches", several, "are the gradients set to zero before each?"),
        Feature(
            "come from a network with a dropout", np.array(arguments["kind"] == "dropout"), "network.eval()"
        ),
    ]


def _loss_features(arguments: Arguments) -> list[Feature]:
    later = np.arange(arguments["epochs"]) > 0
    return [Feature("are of later epochs than the first", later), *_run_features(arguments)]


def _no_planes(arguments: Arguments) -> list[Plane]:
    return []


def _small(function: str) -> Iterator[Arguments]:
    if function == "freeze":
        for kind in ("chain", "one", "two"):
            yield {"kind": kind, "seed": 0, "size": 3}
        return
    for count, batch in ((1, 1), (2, 1), (2, 2), (3, 2), (5, 2)):
        for seed, training in ((0, True), (1, False), (2, True)):
            images = np.resize([1.0, 0, 2, -1, 3, 1, 0], count * 4).reshape(count, 1, 2, 2)
            labels = np.arange(count) % _CLASSES
            network = {"kind": "chain", "seed": seed}
            if function == "accuracy":
                yield {"images": images, "labels": labels, "training": training} | network
            else:
                made: Arguments = {"images": images, "labels": labels, "batch": batch, "rate": 0.5} | network
                yield made | ({"epochs": 2} if function == "train_offsets" else {})
    if function == "accuracy":
        for seed in range(8):
            images = np.resize([1.0, 0, 2, -1, 3, 1, 0], 27).reshape(3, 1, 3, 3)
            network = {"kind": "dropout", "seed": seed}
            yield {"images": images, "labels": _classes(images, **network), "training": True} | network


_PROBES = probes.path("train_offsets")
_BUILD = "from dcn_course.checking.probes.train_offsets import build\n\nnetwork = build(kind, seed, {size})\n"
_PREDICTORS = Quantity("parameters of the offset predictors", ("place",), _run_features, _no_planes)
_OTHERS = Quantity("all other parameters", ("place",), _run_features, _no_planes)


def _pasted(lines: str) -> Callable[[Arguments], str]:
    return lambda arguments: lines


LADDER = Ladder(
    rungs=(
        Rung(
            "epoch",
            _epoch,
            (Quantity("mean loss", (), _run_features, _no_planes), _PREDICTORS, _OTHERS),
            lambda: _small("epoch"),
            _PROBES,
            _pasted(
                _BUILD.format(size="images.shape[2]")
                + "optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9)\n"
                "print(epoch(network, optimizer, images, labels, batch), *network.parameters())",
            ),
        ),
        Rung(
            "freeze",
            _freeze,
            (
                Quantity(
                    "requires_grad of each parameter",
                    ("parameter",),
                    _flag_features,
                    _flag_planes,
                    kind="whole",
                ),
                Quantity(
                    "how often each is returned", ("parameter",), _flag_features, _flag_planes, kind="whole"
                ),
            ),
            lambda: _small("freeze"),
            _PROBES,
            _pasted(
                _BUILD.format(size="size")
                + "freeze(network)\nprint({name: p.requires_grad for name, p in network.named_parameters()})",
            ),
        ),
        Rung(
            "train_offsets",
            _train,
            (Quantity("losses", ("epoch",), _loss_features, _no_planes), _PREDICTORS, _OTHERS),
            lambda: _small("train_offsets"),
            _PROBES,
            _pasted(
                _BUILD.format(size="images.shape[2]")
                + "print(train_offsets(network, images, labels, epochs, rate, batch), *network.parameters())",
            ),
        ),
        Rung(
            "accuracy",
            _accuracy,
            (Quantity("accuracy", (), _run_features, _no_planes),),
            lambda: _small("accuracy"),
            _PROBES,
            _pasted(
                _BUILD.format(size="images.shape[2]")
                + "network.train(training)\nprint(accuracy(network, images, labels))",
            ),
        ),
    ),
    families=FAMILIES,
    seeds=(0, 1),
)
