"""One epoch: every training image once, then the scores on both sets."""

import math
import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dcn_course.records import Epoch
from dcn_course.training.config import TrainingConfig
from dcn_course.training.data import TrainingData
from dcn_course.training.errors import LossNotFiniteError
from dcn_course.training.evaluation import evaluate
from dcn_course.training.offsets import IMAGES, offset_statistics
from dcn_course.training.reporters import Reporter


def run_epoch(
    config: TrainingConfig,
    epoch: int,
    phase: str,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    data: TrainingData,
    reporter: Reporter,
) -> Epoch:
    """Train for one epoch, then evaluate both sets.

    Args:
        config: the recipe.
        epoch: counted from 1 through all phases.
        phase: the name of its phase.
        network: set up for the phase.
        optimizer: over the parameters that the phase trains.
        data: on the network's device.
        reporter: hears of each batch.

    Raises:
        LossNotFiniteError: training diverged.
    """
    began, began_cpu = time.perf_counter(), time.process_time()
    total, right, seen = 0.0, 0, 0
    for batch in torch.split(order(config.seed, epoch, len(data.train_images)), config.batch_size):
        indices = batch.to(data.train_images.device)
        labels = data.train_labels[indices]
        logits = network(data.train_images[indices])
        loss = F.cross_entropy(logits, labels)
        if not math.isfinite(value := loss.item()):
            raise LossNotFiniteError(
                f"the loss became {value} in epoch {epoch}; "
                f"try a smaller learning rate than {config.learning_rate:g}"
            )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        seen += len(indices)
        total += value * len(indices)
        right += int((logits.argmax(1) == labels).sum())
        reporter.batch_trained(len(indices), total / seen, right / seen)
    trained, trained_cpu = time.perf_counter(), time.process_time()
    train_score = evaluate(network, data.train_images, data.train_labels, reporter.batch_evaluated)
    test_score = evaluate(network, data.test_images, data.test_labels, reporter.batch_evaluated)
    return Epoch(
        epoch=epoch,
        phase=phase,
        loss=total / seen,
        train_accuracy=train_score.accuracy,
        train_cross_entropy=train_score.cross_entropy,
        test_accuracy=test_score.accuracy,
        test_cross_entropy=test_score.cross_entropy,
        train_seconds=trained - began,
        evaluation_seconds=time.perf_counter() - trained,
        train_cpu_seconds=trained_cpu - began_cpu,
        offsets=offset_statistics(network, data.test_images[:IMAGES]),
    )


def order(seed: int, epoch: int, images: int) -> Tensor:
    """Return the order in which an epoch visits the images: a permutation that seed and epoch decide.

    Returns:
        Shape (images,), int64.
    """
    return torch.from_numpy(np.random.default_rng([seed, epoch]).permutation(images))
