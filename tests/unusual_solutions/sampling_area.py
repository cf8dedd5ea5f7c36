"""Exercise 14: in a few words, code that comes last."""

UNUSUAL = [
    (
        "all maps in one batch of cotangents",
        """
def sampling_area(network, image, point):
    X = image.clone().requires_grad_(True)
    values = network(X.unsqueeze(0))[0, :, point[0], point[1]]
    grads = torch.autograd.grad(values, X, torch.eye(len(values), dtype=X.dtype), is_grads_batched=True)[0]
    return grads.abs().sum(dim=(0, 1))
""",
    ),
    (
        "a batch of copies, one for each map",
        """
def sampling_area(network, image, point):
    maps = network(image[None]).shape[1]
    X = image.detach()[None].repeat(maps, 1, 1, 1).requires_grad_()
    Y = network(X)
    total = sum(Y[c, c, point[0], point[1]] for c in range(maps))
    return torch.autograd.grad(total, X)[0].abs().sum((0, 1)).numpy()
""",
    ),
    (
        "all changes in one batch",
        """
def answers(network, image, point, step):
    X = image + step * torch.eye(image.numel(), dtype=image.dtype).reshape(-1, *image.shape)
    with torch.no_grad():
        Y = network(torch.cat([image[None], X]))[:, :, point[0], point[1]]
    return ((Y[1:] - Y[:1]).abs().sum(1) / step).reshape(image.shape).sum(0)
""",
    ),
    (
        "there and back again",
        """
def answers(network, image, point, step):
    X = image.clone()
    look = lambda: network(X[None]).detach()[0, :, point[0], point[1]].clone()
    before, out = look(), X.new_zeros(X.shape)
    for place in range(X.numel()):
        kept = X.view(-1)[place].item()
        X.view(-1)[place] = kept + step
        out.view(-1)[place] = ((look() - before) / step).abs().sum()
        X.view(-1)[place] = kept
    return out.sum(0)
""",
    ),
    (
        "plain Python",
        """
def frame(area):
    places = [(y, x) for y, row in enumerate(area.tolist()) for x, value in enumerate(row) if value != 0]
    ys, xs = zip(*places)
    return min(ys), min(xs), max(ys) - min(ys) + 1, max(xs) - min(xs) + 1
""",
    ),
]
