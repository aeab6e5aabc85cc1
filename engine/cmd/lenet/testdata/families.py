"""Writes networks of the family as PyTorch has them, with the logits of some images.

usage: families.py IMAGES.npy DIR

For each of several choices of activation, pooling, sizes and names there are DIR/NAME.safetensors, without any metadata of
lenet's, and DIR/NAME.npy, the logits of the images in float32. With DIR/NAME.back.safetensors there, it is compared with
the first bit for bit instead.
"""
import json
import os
import struct
import sys

import numpy as np
import torch
from torch import nn

images, folder = sys.argv[1], sys.argv[2]
X = torch.from_numpy(np.load(images)).float().reshape(-1, 1, 28, 28) / 255


class Reshape(nn.Module):
    def forward(self, x):
        return x.view(-1, 1, 28, 28)


class Net(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        self.net = nn.Sequential(*modules)

    def forward(self, x):
        return self.net(x)


def save(tensors, path):
    header, at = {}, 0
    for name, t in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': list(t.shape), 'data_offsets': [at, at + 4 * t.numel()]}
        at += 4 * t.numel()
    text = json.dumps(header).encode()
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + b''.join(t.numpy().tobytes() for t in tensors.values()))


def load(path):
    raw = open(path, 'rb').read()
    n = 8 + struct.unpack('<Q', raw[:8])[0]
    header = json.loads(raw[8:n])
    header.pop('__metadata__', None)
    return {k: (v['shape'], raw[n + v['data_offsets'][0]:n + v['data_offsets'][1]]) for k, v in header.items()}


torch.manual_seed(7)
for act, pool, (c1, c2, u1, u2), names in [
    (nn.Sigmoid, nn.AvgPool2d, (6, 16, 120, 84), 'plain'), (nn.Sigmoid, nn.MaxPool2d, (6, 16, 120, 84), 'reshape'),
    (nn.Tanh, nn.AvgPool2d, (6, 16, 120, 84), 'net'), (nn.Tanh, nn.MaxPool2d, (3, 5, 17, 11), 'plain'),
    (nn.ReLU, nn.AvgPool2d, (32, 64, 256, 128), 'net'), (nn.ReLU, nn.MaxPool2d, (6, 16, 120, 84), 'reshape'),
]:
    modules = [nn.Conv2d(1, c1, 5, padding=2), act(), pool(2), nn.Conv2d(c1, c2, 5), act(), pool(2), nn.Flatten(),
               nn.Linear(25 * c2, u1), act(), nn.Linear(u1, u2), act(), nn.Linear(u2, 10)]
    net = {'plain': nn.Sequential, 'net': Net, 'reshape': lambda *m: nn.Sequential(Reshape(), *m)}[names](*modules)
    name = f'{act.__name__.lower()}-{ {nn.AvgPool2d: "avg", nn.MaxPool2d: "max"}[pool]}-{names}'
    path = os.path.join(folder, name)
    if os.path.exists(path + '.back.safetensors'):
        there, back = load(path + '.safetensors'), load(path + '.back.safetensors')
        if there != back or set(net.state_dict()) != set(back):
            sys.exit(f'{name}: other bits came back')
        print(f'{name}: {len(back)} arrays came back bit for bit')
        continue
    with torch.no_grad():
        np.save(path + '.npy', net(X).numpy())
        save(net.state_dict(), path + '.safetensors')
