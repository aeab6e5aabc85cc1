"""PyTorch on the CPU, training d2l's LeNet: what lenet bench --table measures beside itself.

usage: bench_torch.py IMAGES LABELS THREADS BATCH

IMAGES holds 784 bytes for each image, LABELS one. Once ready it prints a line of JSON. For every line with a number of
seconds on its input it trains for that long on shuffled batches, infers, takes single images, and prints a line of JSON.
Data lies in memory as float32; a training step is what d2l's is: forward, backward, step, loss and accuracy.
OPENBLAS_NUM_THREADS=1 must be set: without it the threads of OpenMP and OpenBLAS fight, and PyTorch looks several times
slower than it is."""
import json
import sys
import time

import numpy as np
import torch
from torch import nn

images, labels, threads, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(0)
X = torch.from_numpy(np.fromfile(images, np.uint8).reshape(-1, 1, 28, 28).astype(np.float32) / 255)
Y = torch.from_numpy(np.fromfile(labels, np.uint8).astype(np.int64))
net = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2, 2), nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2, 2),
    nn.Flatten(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10))
for m in net:
    if type(m) in (nn.Linear, nn.Conv2d):
        nn.init.xavier_uniform_(m.weight)
optimizer = torch.optim.SGD(net.parameters(), lr=0.9)
cross_entropy = nn.CrossEntropyLoss()


def train(order):
    x, y = X[order], Y[order]
    optimizer.zero_grad()
    out = net(x)
    loss = cross_entropy(out, y)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        return float(loss) * len(y), float((out.argmax(1) == y).sum())


def batches():
    while True:
        order = torch.randperm(len(X))
        for i in range(0, len(X) - batch + 1, batch):
            yield order[i:i + batch]


def rate(seconds, run, inputs):
    """Examples per second over so many seconds, after a few steps for getting warm."""
    for _ in range(3):
        run(next(inputs))
    n, start = 0, time.time()
    while time.time() - start < seconds:
        run(next(inputs))
        n += batch
    return n / (time.time() - start)


def infer(order):
    with torch.no_grad():
        return net(order).argmax(1)


def pieces():
    while True:
        for i in range(0, len(X) - batch + 1, batch):
            yield X[i:i + batch]


def latency(seconds):
    """The median time of one image, in microseconds."""
    took, begin = [], time.time()
    while time.time() - begin < seconds:
        i = len(took) % len(X)
        start = time.perf_counter()
        infer(X[i:i + 1])
        took.append(time.perf_counter() - start)
    return 1e6 * sorted(took)[len(took) // 2]


training, inference = batches(), pieces()
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    seconds = float(line)
    print(json.dumps({
        "train_examples_per_sec": rate(seconds, train, training),
        "infer_examples_per_sec": rate(seconds / 2, infer, inference),
        "single_image_us": latency(seconds / 4),
    }), flush=True)
