"""Mistakes in exercise 13."""

from .model import Mutant, mutant

_E, _F, _T, _A = "epoch", "freeze", "train_offsets", "accuracy"
_ZERO = "        optimizer.zero_grad()\n"
_LOSS = "F.cross_entropy(network(images[n : n + batch]), labels[n : n + batch])"
_TOTAL = "total += loss.item() * len(images[n : n + batch])"
_RANGE = "range(0, len(images), batch)"
_IS = 'name.split(".")[-1] == "offset_predictor"'
_OPTIMIZER = "torch.optim.SGD(freeze(network), lr=rate, momentum=0.9)"
_EPOCHS = "[epoch(network, optimizer, images, labels, batch) for _ in range(epochs)]"
_FOUND = "network(images).argmax(1)"
_FRACTION = "(found == labels).sum().item() / len(labels)"

MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "gradients add up",
        _E,
        _ZERO,
        "",
        "You never set the gradients to zero: backward() adds to what is there from before.",
    ),
    mutant(
        "gradients set to zero once",
        _E,
        "    total = 0.0\n    for",
        "    total = 0.0\n    optimizer.zero_grad()\n    optimizer.zero_grad = lambda: None\n    for",
        "You set the gradients to zero once, before the loop. Each batch needs it.",
    ),
    mutant(
        "no step",
        _E,
        "        optimizer.step()\n",
        "",
        "Nothing moves: each batch needs backward() and, behind it, optimizer.step(), with no zero_grad() "
        "between.",
    ),
    mutant(
        "sum for mean in the loss",
        _E,
        _LOSS,
        _LOSS[:-1] + ', reduction="sum")',
        "You sum the loss over the batch: the steps grow with its size. Take the mean, as cross_entropy "
        "does.",
    ),
    mutant(
        "softmax twice",
        _E,
        "network(images[n : n + batch])",
        "network(images[n : n + batch]).softmax(1)",
        "You take a softmax before F.cross_entropy, which takes one itself.",
    ),
    mutant(
        "mean of the batches",
        _E,
        "total += loss.item() * len(images[n : n + batch])\n    return total / len(images)",
        "total += loss.item()\n    return total * batch / len(images)",
        "You count the loss of every batch as if all were of one size. A smaller last batch counts with its "
        "own.",
    ),
    mutant(
        "sum of the batches",
        _E,
        _TOTAL,
        "total += loss.item()",
        "You add up the batches' means and divide by the number of images: multiply each by its size first.",
    ),
    mutant(
        "sum for mean at the end",
        _E,
        "return total / len(images)",
        "return total",
        "You return the sum over the images. Asked for is the mean.",
    ),
    mutant(
        "loss of the last batch",
        _E,
        _TOTAL,
        "total = loss.item() * len(images)",
        "You return the loss of the last batch alone.",
    ),
    mutant(
        "last batch dropped",
        _E,
        _RANGE,
        "range(0, len(images) - len(images) % min(batch, len(images)), batch)",
        "You leave the last, smaller batch out. Every image counts.",
    ),
    mutant(
        "one batch alone",
        _E,
        _RANGE,
        "range(0, min(batch, len(images)), batch)",
        "You train on the first batch alone.",
    ),
    mutant(
        "images one by one",
        _E,
        "    total = 0.0\n",
        "    total, batch = 0.0, 1\n",
        "You make a step for every image. A batch makes one step.",
    ),
    mutant(
        "all at once",
        _E,
        "    total = 0.0\n",
        "    total, batch = 0.0, len(images)\n",
        "You make one step for all images. Each batch makes one.",
    ),
    mutant(
        "from behind",
        _E,
        _RANGE,
        f"reversed({_RANGE})",
        "You take the batches from behind. Take them in their order.",
    ),
    mutant(
        "loss after the step",
        _E,
        _TOTAL,
        f"loss = {_LOSS}; {_TOTAL}",
        "You measure the loss after the step. Asked for is the loss before it.",
    ),
    mutant(
        "trained in evaluation mode",
        _E,
        "network.train()",
        "network.eval()",
        "You train in evaluation mode: dropout is off. network.train() before the loop.",
    ),
    mutant(
        "nothing frozen",
        _F,
        "network.requires_grad_(False)",
        "network.requires_grad = False",
        "network.requires_grad = False sets an attribute that nobody reads: requires_grad_(False), with an "
        "underscore.",
    ),
    mutant(
        "predictors frozen too",
        _F,
        "            module.requires_grad_(True)\n",
        "",
        "You freeze all, the predictors too: let them free again.",
    ),
    mutant(
        "the other way round",
        _F,
        _IS,
        'name and not list(module.children()) and name.split(".")[-1] != "offset_predictor"',
        "You freeze the offset predictors and leave the rest free: the other way round.",
    ),
    mutant(
        "offset in the name",
        _F,
        "    return free",
        "    for name, parameter in network.named_parameters():\n"
        '        if name.split(".")[-1].startswith("offset"):\n'
        "            free.append(parameter.requires_grad_(True))\n    return free",
        "You free whatever begins with offset. A parameter that only scales the offsets is no predictor.",
    ),
    mutant(
        "predictor in the name",
        _F,
        _IS,
        'name.split(".")[-1].endswith("predictor")',
        "You free whatever ends with predictor: that is the classifier's name too. Compare the whole name.",
    ),
    mutant(
        "first level alone",
        _F,
        _IS,
        'name == "offset_predictor"',
        "You look at the first level of the network alone: a predictor may lie at any depth.",
    ),
    mutant(
        "weights alone",
        _F,
        "            module.requires_grad_(True)\n            free += module.parameters()",
        "            module.weight.requires_grad_(True)\n            free.append(module.weight)",
        "You free the weights alone: a predictor has a bias too.",
    ),
    mutant(
        "biases alone",
        _F,
        "            module.requires_grad_(True)\n            free += module.parameters()",
        "            module.bias.requires_grad_(True)\n            free.append(module.bias)",
        "You free the biases alone: a predictor has a kernel too.",
    ),
    mutant(
        "first predictor alone",
        _F,
        _IS,
        f"not free and {_IS}",
        "You free the first predictor alone: a network may have several.",
    ),
    mutant(
        "last predictor returned",
        _F,
        "free += module.parameters()",
        "free = list(module.parameters())",
        "You return the parameters of the last predictor alone: +=.",
    ),
    mutant(
        "nothing returned",
        _F,
        "free += module.parameters()",
        "pass",
        "Your list is empty: add each predictor's parameters.",
    ),
    mutant(
        "everything returned",
        _F,
        "return free",
        "return list(network.parameters())",
        "You return all parameters, the frozen ones too.",
    ),
    mutant(
        "returned twice",
        _F,
        "return free",
        "return free + free",
        "You return each parameter twice: the optimizer would step twice.",
    ),
    mutant(
        "whole layers",
        _F,
        _IS,
        'any(part == "offset_predictor" for part, _ in module.named_children())',
        "You free the module that holds the predictor, and with it the kernel of the convolution.",
    ),
    mutant(
        "all parameters trained",
        _T,
        _OPTIMIZER,
        "torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9)",
        "You do not freeze: everything is trained.",
    ),
    mutant(
        "the rest trained",
        _T,
        _OPTIMIZER,
        "torch.optim.SGD([p for p in network.parameters() if not any(p is q for q in freeze(network))], "
        "lr=rate, momentum=0.9); network.requires_grad_(True)",
        "You train everything but the predictors.",
    ),
    mutant("no momentum", _T, ", momentum=0.9", "", "The momentum is missing: momentum=0.9."),
    mutant(
        "another momentum",
        _T,
        "momentum=0.9",
        "momentum=0.5",
        "The momentum is 0.9.",
    ),
    mutant(
        "Nesterov's momentum",
        _T,
        "momentum=0.9",
        "momentum=0.9, nesterov=True",
        "You use Nesterov's momentum. Asked for is the plain one.",
    ),
    mutant(
        "weight decay",
        _T,
        "momentum=0.9",
        "momentum=0.9, weight_decay=1e-2",
        "You let the parameters decay. Asked for is a plain descent.",
    ),
    mutant(
        "another optimizer",
        _T,
        _OPTIMIZER,
        "torch.optim.Adam(freeze(network), lr=rate)",
        "You use Adam. Asked for is stochastic gradient descent, torch.optim.SGD.",
    ),
    mutant(
        "a new optimizer for each epoch",
        _T,
        _EPOCHS,
        f"[epoch(network, {_OPTIMIZER}, images, labels, batch) for _ in range(epochs)]",
        "You make a new optimizer for each epoch: its momentum starts from nothing again.",
    ),
    mutant(
        "one epoch",
        _T,
        "range(epochs)",
        "range(1)",
        "You train for one epoch alone.",
    ),
    mutant(
        "one epoch too many",
        _T,
        "range(epochs)",
        "range(epochs + 1)",
        "You train for one epoch too many.",
    ),
    mutant(
        "uphill",
        _T,
        "lr=rate, momentum=0.9)",
        "lr=rate, momentum=0.9, maximize=True)",
        "You climb: the loss is to become smaller.",
    ),
    mutant(
        "predictors from nothing",
        _T,
        "    optimizer = ",
        "    for parameter in freeze(network):\n        nn.init.zeros_(parameter)\n    optimizer = ",
        "You set the predictors to zero before you train them. They go on from where they are.",
    ),
    mutant(
        "training mode",
        _A,
        "network.eval()",
        "network.train()",
        "You measure in training mode: dropout is on. network.eval().",
    ),
    mutant(
        "mode not put back",
        _A,
        "    network.train(was)\n",
        "",
        "You leave the network in evaluation mode. Put it back: network.train(was).",
    ),
    mutant(
        "always training afterwards",
        _A,
        "network.train(was)",
        "network.train()",
        "You leave the network in training mode, although it was in evaluation mode.",
    ),
    mutant(
        "number and not fraction",
        _A,
        " / len(labels)",
        "",
        "You return how many are right. Asked for is the fraction.",
    ),
    mutant(
        "per cent",
        _A,
        _FRACTION,
        f"100 * {_FRACTION}",
        "You return per cent. Asked for is a fraction from 0 to 1.",
    ),
    mutant(
        "errors and not hits",
        _A,
        "found == labels",
        "found != labels",
        "You count the wrong ones.",
    ),
    mutant(
        "smallest score",
        _A,
        _FOUND,
        "network(images).argmin(1)",
        "You take the class with the smallest score.",
    ),
    mutant(
        "over the images",
        _A,
        _FOUND,
        "network(images).argmax(0)[0].expand(len(labels))",
        "You look for the largest score over the images. argmax(1) goes over the classes.",
    ),
    mutant(
        "scores and not classes",
        _A,
        _FOUND,
        "network(images).amax(1)",
        "You compare the largest score with the label. Its place is the class: argmax.",
    ),
    mutant(
        "classes from 1",
        _A,
        _FOUND,
        "network(images).argmax(1) + 1",
        "Your classes begin with 1. They are counted from 0.",
    ),
    mutant(
        "labels changed",
        _A,
        "    network.train(was)\n",
        "    network.train(was)\n    labels *= 0\n",
        "You change the labels themselves.",
    ),
)

EQUIVALENT: dict[str, str] = {}
