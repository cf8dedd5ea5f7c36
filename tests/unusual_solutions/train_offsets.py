"""Exercise 13: in a few words, code that comes last."""

UNUSUAL = [
    (
        "a data loader",
        """
def epoch(network, optimizer, images, labels, batch):
    from torch.utils.data import DataLoader, TensorDataset
    network.train()
    losses = []
    for x, y in DataLoader(TensorDataset(images, labels), batch_size=batch, shuffle=False):
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = None
        each = nn.functional.nll_loss(network(x).log_softmax(-1), y, reduction="none")
        each.mean().backward()
        optimizer.step()
        losses.append(each.detach())
    return torch.cat(losses).mean()
""",
    ),
    (
        "by the names of the parameters",
        """
def freeze(network):
    for name, parameter in network.named_parameters():
        parameter.requires_grad = "offset_predictor" in name.split(".")[:-1]
    return tuple(filter(lambda p: p.requires_grad, network.parameters()))
""",
    ),
    (
        "momentum by hand",
        """
def train_offsets(network, images, labels, epochs, rate, batch):
    free = freeze(network)
    speed = [torch.zeros_like(p) for p in free]
    class Descent:
        def zero_grad(self):
            for p in free:
                p.grad = None
        def step(self):
            with torch.no_grad():
                for p, v in zip(free, speed):
                    v.mul_(0.9).add_(p.grad)
                    p -= rate * v
    return torch.tensor([epoch(network, Descent(), images, labels, batch) for _ in range(epochs)], dtype=torch.float64)
""",
    ),
    (
        "frozen ones in the optimizer, too",
        """
def train_offsets(network, images, labels, epochs, rate, batch):
    freeze(network)
    for p in network.parameters():
        p.grad = None
    optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9)
    losses = []
    while len(losses) < epochs:
        losses.append(epoch(network, optimizer, images, labels, batch))
    return losses
""",
    ),
    (
        "image by image",
        """
def accuracy(network, images, labels):
    modes = [(m, m.training) for m in network.modules()]
    network.eval()
    right = [int(torch.equal(network(x[None]).detach().argmax(), y)) for x, y in zip(images, labels)]
    for module, mode in modes:
        module.training = mode
    return torch.tensor(right).double().mean()
""",
    ),
]
