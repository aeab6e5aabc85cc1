# Makes more files of PyTorch and NumPy with the weights of ok.safetensors, as people have them:
#   python3 make.py        beside ok.safetensors, with torch and numpy
import json, struct
from collections import OrderedDict

import numpy as np
import torch
from torch import nn


def ok():
    b = open("ok.safetensors", "rb").read()
    n = struct.unpack("<Q", b[:8])[0]
    for name, a in json.loads(b[8 : 8 + n]).items():
        if name != "__metadata__":
            i, j = a["data_offsets"]
            yield name, torch.frombuffer(bytearray(b[8 + n + i : 8 + n + j]), dtype=torch.float32).reshape(a["shape"])


weights = OrderedDict(ok())
net = nn.Sequential(
    nn.Conv2d(1, 1, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(1, 1, 5), nn.Sigmoid(), nn.AvgPool2d(2),
    nn.Flatten(), nn.Linear(25, 1), nn.Sigmoid(), nn.Linear(1, 1), nn.Sigmoid(), nn.Linear(1, 10))
net.load_state_dict(weights)
torch.save(net.state_dict(), "state-dict.pt")
torch.save(net, "whole-module.pt")
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
net(torch.zeros(1, 1, 28, 28)).sum().backward()
optimizer.step()
net.load_state_dict(weights)
torch.save({"epoch": 3, "best": np.float64(0.5), "model_state_dict": {"module." + k: v for k, v in net.state_dict().items()},
            "optimizer_state_dict": optimizer.state_dict()}, "training.pt")
torch.save({k: v.half() for k, v in weights.items()}, "half.pt")
torch.save({k: v.bfloat16() for k, v in weights.items()}, "bfloat16.pt")
torch.save({k: v.double() for k, v in weights.items()}, "double.pt")
# Views of one storage, and some that are not contiguous.
flat = torch.cat([torch.zeros(7)] + [v.flatten() for v in weights.values()])
views, at = OrderedDict(), 7
for k, v in weights.items():
    views[k] = flat[at : at + v.numel()].reshape(v.shape)
    at += v.numel()
views["0.weight"] = weights["0.weight"].transpose(2, 3).contiguous().transpose(2, 3)
views["7.weight"] = torch.stack([weights["7.weight"], torch.zeros(1, 25)], 2)[:, :, 0]
torch.save(views, "views.pt")
torch.save({k: v for k, v in weights.items()}, "protocol4.pt", pickle_protocol=4)
letters = OrderedDict(weights)
letters["11.weight"], letters["11.bias"] = torch.arange(26.).reshape(26, 1), torch.arange(26.)
torch.save(letters, "26-classes.pt")
torch.jit.script(net).save("torchscript.pt")
torch.save({"lr": 0.1}, "no-tensors.pt")

# Names of other networks.
order = ["0", "3", "7", "9", "11"]
def named(names):
    return {new + "." + kind: weights[old + "." + kind] for old, new in zip(order, names) for kind in ("weight", "bias")}
np.savez("names-features.npz", **{k: v.numpy() for k, v in named(["features.0", "features.3", "classifier.1", "classifier.3", "classifier.10"]).items()})
np.savez("names-deep.npz", **{k: v.numpy() for k, v in named(["model.net.layers.0.conv", "model.net.layers.1.conv", "model.net.head.fc_a", "model.net.head.fc_b", "model.net.head.out"]).items()})
np.savez("tells.npz", activation="relu", pooling=np.array("max"), note="mine", **{k: v.numpy() for k, v in weights.items()})
np.savez("int64.npz", **{k: (v * 100).round().numpy().astype(np.int64) for k, v in weights.items()})
np.savez_compressed("half.npz", **{k: v.numpy().astype(np.float16) for k, v in weights.items()})
np.savez("objects.npz", history=np.array([{"loss": 1}], dtype=object), **{k: v.numpy() for k, v in weights.items()})
six = dict(weights)
six["13.weight"], six["13.bias"] = torch.zeros(10, 10), torch.zeros(10)
np.savez("six-layers.npz", **{k: v.numpy() for k, v in six.items()})
norm = dict(weights)
norm["1.weight"], norm["1.bias"], norm["1.running_mean"] = torch.ones(1), torch.zeros(1), torch.zeros(1)
np.savez("batch-norm.npz", **{k: v.numpy() for k, v in norm.items()})
