"""Small real runs for the tests; as a program, one that kills itself at a chosen moment.

python tests/tiny_runs.py FOLDER {batch,epoch,write} NUMBER
"""

import os
import signal
import sys
from pathlib import Path

from dcn_course import datasets
from dcn_course.datasets import Dataset
from dcn_course.training.config import Phase, TrainingConfig
from dcn_course.training.data import TrainingData
from dcn_course.training.loop import train
from dcn_course.training.reporters import Reporter

PHASES = (Phase("joint", 2), Phase("offsets", 2, "offsets"))


def config(**changes):
    recipe = {
        "network": "lenet5-dc",
        "dataset": "digits",
        "phases": PHASES,
        "border": "project",
        "seed": 3,
        "batch_size": 16,
        "threads": 1,
    }
    return TrainingConfig(**recipe | changes)


def data(train_images=40, test_images=20):
    """The first images of digits; 40 make batches of 16, 16 and 8."""

    def first(split, count):
        whole = datasets.load("digits", split)
        return Dataset(
            "digits", split, whole.images[:count], whole.labels[:count], whole.classes, whole.source
        )

    return TrainingData.from_datasets(first("train", train_images), first("test", test_images))


class Killer(Reporter):
    """Kills its own process after a number of batches or epochs, as `kill -9` would."""

    def __init__(self, event, number):
        self.event, self.left = event, number

    def count(self, event):
        if event == self.event:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def batch_trained(self, images, loss, accuracy):
        self.count("batch")

    def epoch_ended(self, result):
        self.count("epoch")


def main():
    folder, event, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    killer = Killer(event, number)
    replace = Path.replace

    def replace_or_die(path, target):
        killer.count("write")  # the new content is written, but not yet in place
        return replace(path, target)

    Path.replace = replace_or_die
    train(config(), folder, progress=killer, data=data())


if __name__ == "__main__":
    main()
