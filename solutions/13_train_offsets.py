# %% [raw]
# title = "Train, freeze, train the offsets alone"
# chapter = "chapters/layer"
# minutes = 40
# difficulty = "medium"
# after = [11]
# forbidden = ["dcn_course"]
# needs = ["torch", "torchvision", "sklearn"]
#
# [[gaps]]
# function = "epoch"
# equation = "offset-predictor"
# hints = [
#   "The batch that begins at n is images[n : n + batch]. The last one may be smaller; it counts too.",
#   "For each batch four lines: optimizer.zero_grad(), the loss by F.cross_entropy(network(...), labels[...]), loss.backward(), optimizer.step().",
#   "The mean over all images is the sum of loss.item() * number of images in the batch, divided by len(images). A smaller last batch must not count like a whole one.",
# ]
#
# [[gaps]]
# function = "freeze"
# equation = "offset-predictor"
# hints = [
#   "network.named_modules() goes through all modules at any depth. The last part of a name, name.split('.')[-1], is its own.",
#   "Freeze everything first, network.requires_grad_(False), then let the predictors free: module.requires_grad_(True). Note the underscore: network.requires_grad = False only sets an attribute that nobody reads.",
# ]
#
# [[gaps]]
# function = "train_offsets"
# equation = "gradient-offset"
# hints = [
#   "freeze gives the parameters that may still move. Only they belong into the optimizer.",
#   "torch.optim.SGD(parameters, lr=rate, momentum=0.9), made once, before the epochs: its momentum goes on from one epoch to the next.",
# ]
#
# [[gaps]]
# function = "accuracy"
# equation = "offset-predictor"
# hints = [
#   "The class is the place of the largest score: network(images).argmax(1).",
#   "Evaluation mode switches dropout off: network.eval(). Note before whether the network was in training mode, network.training, and put it back with network.train(was).",
#   "with torch.no_grad(): nothing is differentiated here.",
# ]
#
# [[mistakes]]
# prediction = [0, 0]
# because = "the offset is zero at the start, but its gradient is not: the slope of the image under the tap is. So b moves in the first step."
#
# [[mistakes]]
# prediction = [-0.3, 0]
# because = "descent goes against the gradient: the gradient of b is −3, so b becomes +0.3."
#
# [[mistakes]]
# prediction = [0.3, -0.1]
# because = "the kernel is frozen: it has a gradient no longer, and does not move."
#
# [[mistakes]]
# prediction = [3, 0]
# because = "that is the step with a rate of 1. The rate is 0.1."

# %% [markdown]
# The report trains the whole network first, then freezes all kernels and trains the offsets alone. Here you do the same with
# a small network on scikit-learn's 1,797 handwritten digits of 8×8 pixels, which need no download: an epoch of training, the
# freezing, the training of the offsets, and the accuracy.
#
# In every network here, an offset predictor is a submodule of the name `offset_predictor`, at any depth.

# %% [question]
# A deformable layer with one tap of weight $w = 1$, whose offset in x is a bias $b$ alone, 0 at the start. Under the tap lies
# the pixel 1, to its right the pixel 4: the output is $Y = w\,(1 + 3b)$ for $0 \le b < 1$. The error is $E = -Y$. The kernel
# is frozen, and only $b$ is trained, by gradient descent with the rate 0.1 and the right-hand derivative at $b = 0$.
#
# By how much do $b$ and $w$ change in the first step? Write down [change of b, change of w].

# %%
prediction = [0.3, 0]  # <answer>

# %%
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import deform_conv2d


class Deformable(nn.Module):
    """OP + DC with 3×3 taps; the offsets are zero at the start. Given."""

    def __init__(self, in_maps, out_maps):
        super().__init__()
        self.offset_predictor = nn.Conv2d(in_maps, 18, 3, padding=1)
        nn.init.zeros_(self.offset_predictor.weight)
        nn.init.zeros_(self.offset_predictor.bias)
        self.kernel = nn.Conv2d(in_maps, out_maps, 3, padding=1)

    def forward(self, input):
        offset = self.offset_predictor(input)
        return deform_conv2d(input, offset, self.kernel.weight, self.kernel.bias, padding=1)


def network_for_digits():
    """Build a small network for images (N, 1, 8, 8). Given."""
    layers = Deformable(1, 8), nn.ReLU(), nn.MaxPool2d(2), Deformable(8, 16), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 10))


def digits():
    """Load the digits: images (N, 1, 8, 8) from 0 to 1 and labels (N,), 1437 for training, 360 for the test. Given."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = torch.tensor(data.images[:, None] / 16, dtype=torch.float32)
    labels = torch.tensor(data.target)
    return (images[:1437], labels[:1437]), (images[1437:], labels[1437:])


# %%
def epoch(network, optimizer, images, labels, batch):
    """Train on every image once, in their order, batch by batch.

    Args:
        network: turns images into scores (N, classes); it is trained in training mode.
        optimizer: makes the steps; the gradients that it finds from before do not count.
        images: shape (N, C, H, W).
        labels: the right classes, integers, shape (N,).
        batch: images in a batch; fewer in the last one.

    Returns:
        The mean over all images of the cross-entropy, each as it was before the step of its batch: a float.
    """
    # <solution>
    network.train()
    total = 0.0
    for n in range(0, len(images), batch):
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images[n : n + batch]), labels[n : n + batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(images[n : n + batch])
    return total / len(images)
    # </solution>


# %%
def freeze(network):
    """Freeze everything but the offset predictors.

    Args:
        network: any module; its predictors are the submodules of the name `offset_predictor`, at any depth.

    Returns:
        A list of the predictors' parameters, of whatever shape. Afterwards they require a gradient, and no others do.
    """
    # <solution>
    network.requires_grad_(False)
    free = []
    for name, module in network.named_modules():
        if name.split(".")[-1] == "offset_predictor":
            module.requires_grad_(True)
            free += module.parameters()
    return free
    # </solution>


# %%
def train_offsets(network, images, labels, epochs, rate, batch):
    """Freeze everything but the offset predictors, and train them alone.

    Args:
        network: as in `freeze`.
        images: shape (N, C, H, W).
        labels: integers, shape (N,).
        epochs: how often all images are used.
        rate: learning rate of a stochastic gradient descent with momentum 0.9.
        batch: images in a batch.

    Returns:
        A list with the mean loss of each epoch.
    """
    # <solution>
    optimizer = torch.optim.SGD(freeze(network), lr=rate, momentum=0.9)
    return [epoch(network, optimizer, images, labels, batch) for _ in range(epochs)]
    # </solution>


# %%
def accuracy(network, images, labels):
    """Measure how many images get the right class.

    Args:
        network: turns images into scores (N, classes). It is evaluated in evaluation mode, and afterwards it is in the
            mode in which it was.
        images: shape (N, C, H, W).
        labels: integers, shape (N,).

    Returns:
        The fraction, a float from 0 to 1.
    """
    # <solution>
    was = network.training
    network.eval()
    with torch.no_grad():
        found = network(images).argmax(1)
    network.train(was)
    return (found == labels).sum().item() / len(labels)
    # </solution>


# %%
if __name__ == "__main__":  # not when it is checked
    torch.manual_seed(0)
    train, test = digits()
    network = network_for_digits()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    for number in range(1, 6):
        loss = epoch(network, optimizer, *train, 32)
        print(f"all, epoch {number}: loss {loss:.3f}, test accuracy {accuracy(network, *test):.1%}")
    losses = train_offsets(network, *train, 5, 0.01, 32)
    for number, loss in enumerate(losses, 1):
        print(f"offsets alone, epoch {number}: loss {loss:.3f}")
    print(f"test accuracy {accuracy(network, *test):.1%}")

# %% [picture]
# The same recipe at full size, from a record of this course: LeNet-5-DC on MNIST, three epochs of all parameters, then two of
# the offsets alone. The discs are the errors on the training images, the rings those on the test images. Most is learned in
# the first phase; with the kernels frozen the offsets find a little more. Your losses on the digits, which the last cell
# prints, should fall in both phases as well.
