# Makes the oracles of networks with 3 and with 26 classes: PyTorch's float64 values, as package verify names them.
#   python3 make.py        here, with torch and numpy
import gzip

import numpy as np
import torch
from torch import nn

DATA = "../../../../assets/data/mnist/train-"
BATCH, STEPS, LR = 16, 20, 0.2


def oracle(name, classes, act, pool, c1, c2, u1, u2):
    n = BATCH * STEPS
    images = np.frombuffer(gzip.open(DATA + "images-idx3-ubyte.gz").read()[16:], np.uint8).reshape(-1, 28, 28)[:n]
    digits = np.frombuffer(gzip.open(DATA + "labels-idx1-ubyte.gz").read()[8:], np.uint8)[:n].astype(int)
    labels = ((digits + 10 * (np.arange(n) % 3)) % classes).astype(np.uint8)
    torch.manual_seed(classes)
    net = nn.Sequential(
        nn.Conv2d(1, c1, 5, padding=2), act(), pool(2, 2), nn.Conv2d(c1, c2, 5), act(), pool(2, 2),
        nn.Flatten(), nn.Linear(25 * c2, u1), act(), nn.Linear(u1, u2), act(), nn.Linear(u2, classes))
    for m in net:
        if type(m) in (nn.Linear, nn.Conv2d):
            nn.init.xavier_uniform_(m.weight)
    f32 = lambda t: t.detach().numpy().astype(np.float32)
    out = {"images": images, "labels": labels, "hyper": np.array([BATCH, STEPS, LR])}
    out.update({f"init.{k}": f32(v) for k, v in net.state_dict().items()})
    net = net.double()
    x = torch.from_numpy(images.astype(np.float64) / 255).reshape(-1, 1, 28, 28)
    y = torch.from_numpy(labels.astype(np.int64))
    h = x[:2]
    for i, m in enumerate(net):
        h = m(h)
        out[f"out.{i}.{type(m).__name__}"] = f32(h)
    loss, optimizer, losses = nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=LR), []
    for s in range(STEPS):
        b = slice(s * BATCH, (s + 1) * BATCH)
        optimizer.zero_grad()
        o = net(x[b])
        l = loss(o, y[b])
        l.backward()
        losses.append(float(l))
        if s == 0:
            out["logits"], out["loss"] = f32(o), np.float32(losses[0])
            out.update({f"grad.{k}": f32(v.grad) for k, v in net.named_parameters()})
        optimizer.step()
    out["step_loss"] = np.array(losses, np.float32)
    out.update({f"final.{k}": f32(v) for k, v in net.state_dict().items()})
    np.savez_compressed(name, **out)
    print(name, "loss", losses[0], "->", losses[-1])


oracle("tanh_avg_3.npz", 3, nn.Tanh, nn.AvgPool2d, 6, 16, 30, 20)
oracle("relu_max_26.npz", 26, nn.ReLU, nn.MaxPool2d, 5, 9, 31, 17)
