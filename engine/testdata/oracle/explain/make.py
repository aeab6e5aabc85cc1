# Makes the oracles of package explain: PyTorch's float64 values for every activation and pooling, rounded to float32.
#   python3 make.py        here, with torch and numpy
#
# image (28,28) uint8      a digit with noise, so that no two values of a window are equal: float32 could not order them
# init.K                   the weights, K: 0.weight … 11.bias
# logits                   of the image
# classes [a, b]           margin: gradient of logit a - logit b by the image; loss: of -log p[a]
# unit.N.I                 gradient of output I of module N, flat
# occluded.SIZE.STRIDE.FILL   p[a] of the image less that of the image with a patch of that grey at each place
# start, value.N.I, climbed.N.I   an ascent to output I of module N: the input it starts from, the output there, and
#                          the input after STEPS steps
import gzip

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

DATA = "../../../../assets/data/mnist/train-"
STEPS, RATE, DECAY, BLUR = 5, 1, 0.05, 0.3
digits = np.frombuffer(gzip.open(DATA + "images-idx3-ubyte.gz").read()[16:], np.uint8).reshape(-1, 28, 28)
f32 = lambda t: t.detach().numpy().astype(np.float32)


def gradient(f, x):
    x = x.clone().requires_grad_()
    value = f(x)
    return value, torch.autograd.grad(value, x)[0].reshape(28, 28)


def occlude(net, image, k, size, stride, fill):
    p = lambda images: torch.softmax(net(torch.from_numpy(np.stack(images) / 255.0).reshape(-1, 1, 28, 28)), 1)[:, k]
    side = -(-28 // stride)
    covered = []
    for i in range(side):
        for j in range(side):
            c = image.copy()
            y, x = (min(stride * k + stride // 2, 27) - size // 2 for k in (i, j))
            c[max(y, 0) : y + size, max(x, 0) : x + size] = fill
            covered.append(c)
    return (p([image]) - p(covered)).reshape(side, side)


def ascend(f, x):
    for _ in range(STEPS):
        g = gradient(f, x)[1].reshape(x.shape)
        x = ((1 - DECAY) * (x + RATE * g / g.norm())).clamp(0, 1)
        x = (1 - BLUR) * x + BLUR * F.avg_pool2d(x, 3, 1, 1)
    return x.reshape(28, 28)


def oracle(name, classes, act, pool, c1, c2, u1, u2, seed):
    rng = np.random.default_rng(seed)
    image = np.minimum(digits[seed].astype(int) + rng.integers(1, 60, (28, 28)), 255).astype(np.uint8)
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Conv2d(1, c1, 5, padding=2), act(), pool(2, 2), nn.Conv2d(c1, c2, 5), act(), pool(2, 2),
        nn.Flatten(), nn.Linear(25 * c2, u1), act(), nn.Linear(u1, u2), act(), nn.Linear(u2, classes))
    for m in net:
        if type(m) in (nn.Linear, nn.Conv2d):
            nn.init.xavier_uniform_(m.weight, gain=2)
    out = {"image": image}
    out.update({f"init.{k}": f32(v) for k, v in net.state_dict().items()})
    net = net.double()
    x = torch.from_numpy(image / 255.0).reshape(1, 1, 28, 28)
    logits = net(x)[0]
    a, b = logits.argmax().item(), logits.argmin().item()
    out["logits"], out["classes"] = f32(logits), np.array([a, b], np.uint8)
    out["margin"] = f32(gradient(lambda x: net(x)[0, a] - net(x)[0, b], x)[1])
    out["loss"] = f32(gradient(lambda x: F.cross_entropy(net(x), torch.tensor([a])), x)[1])
    for size, stride, fill in ((5, 1, 128), (6, 3, 0)):
        out[f"occluded.{size}.{stride}.{fill}"] = f32(occlude(net, image, a, size, stride, fill))
    start = rng.random((28, 28)).astype(np.float32)
    out["start"] = start
    s = torch.from_numpy(start.astype(np.float64)).reshape(1, 1, 28, 28)
    for n in (0, 1, 2, 3, 5, 7, 8, 10, 11):
        outputs = net[: n + 1](x).reshape(-1)
        i = outputs.argmax().item()
        unit = lambda x: net[: n + 1](x).reshape(-1)[i]
        out[f"unit.{n}.{i}"] = f32(gradient(unit, x)[1])
        if n in (3, 7, 11):
            out[f"value.{n}.{i}"] = f32(unit(s))
            out[f"climbed.{n}.{i}"] = f32(ascend(unit, s))
    np.savez_compressed(name, **out)
    print(name, "logits", out["logits"])


seed = 0
for act in nn.Sigmoid, nn.Tanh, nn.ReLU:
    for pool in nn.AvgPool2d, nn.MaxPool2d:
        sizes = [(4, 3, 5, 20, 12), (10, 6, 16, 24, 17)][seed % 2]  # classes, channels, units
        oracle(f"{act.__name__.lower()}_{pool.__name__[:3].lower()}.npz", sizes[0], act, pool, *sizes[1:], seed)
        seed += 1
