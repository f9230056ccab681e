"""The four networks as PyTorch users write them. Modules have Chorus's names, so that weights find their place."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Perceptron(nn.Module):
    def __init__(self, widths, classes):
        super().__init__()
        sizes = [784, *widths, classes]
        self.depth = len(sizes) - 1
        for index in range(self.depth):
            setattr(self, f"linear{index + 1}", nn.Linear(sizes[index], sizes[index + 1]))

    def forward(self, x):
        for index in range(1, self.depth):
            x = F.relu(getattr(self, f"linear{index}")(x))
        return getattr(self, f"linear{self.depth}")(x)


class LeNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.c1 = nn.Conv2d(1, 32, 3, padding=1)
        self.c2 = nn.Conv2d(32, 64, 3, padding=1)
        self.c3 = nn.Conv2d(64, 128, 3, padding=1)
        self.f1 = nn.Linear(128 * 7 * 7, 256)
        self.f2 = nn.Linear(256, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c2(F.relu(self.c1(x)))), 2)
        x = F.max_pool2d(F.relu(self.c3(x)), 2)
        return self.f2(F.relu(self.f1(x.flatten(1))))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = nn.Identity()
        if stride != 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))


class ResNet18(nn.Module):
    """With CIFAR's stem: a 3 x 3 convolution and no pooling."""

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        for stage, (inputs, outputs) in enumerate([(64, 64), (64, 128), (128, 256), (256, 512)]):
            stride = 1 if stage == 0 else 2
            blocks = nn.Sequential(Block(inputs, outputs, stride), Block(outputs, outputs, 1))
            setattr(self, f"layer{stage + 1}", blocks)
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        return self.output(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))


class TransformerBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.contract(F.gelu(self.expand(self.norm2(x))))


class GPT(nn.Module):
    """The last layer's weight is the embedding's."""

    def __init__(self, layers, heads, width, context, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(TransformerBlock(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        x = self.blocks(self.tokens(x) + self.positions.weight)
        return F.linear(self.norm(x), self.tokens.weight).flatten(0, 1)


def make(workload, weights):
    """The network of a workload with Chorus's weights."""
    model = workload.model
    network = {
        "mlp": lambda: Perceptron(model["widths"], workload.classes),
        "lenet": lambda: LeNet(workload.classes),
        "resnet18": lambda: ResNet18(workload.classes),
        "gpt": lambda: GPT(*(model[key] for key in ("layers", "heads", "width", "context", "vocabulary"))),
    }[workload.name]()
    for name, module in network.named_modules():
        for own, theirs in names(module).items():
            value = torch.from_numpy(weights[f"{name}.{theirs}"])
            getattr(module, own).data.copy_(arranged(value, name, module, own))
    return network


def names(module):
    """What Chorus calls the parameters of a module."""
    if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
        return {"weight": "scale", "bias": "shift"}
    return {name: name for name, _ in module.named_parameters(recurse=False)}


def arranged(value, name, module, own):
    """Chorus has inputs before outputs, and channels last, also where an image is flattened."""
    if own != "weight":
        return value
    if isinstance(module, nn.Conv2d):
        return value.permute(3, 2, 0, 1)
    if isinstance(module, nn.Linear):
        if name == "f1":
            value = value.unflatten(0, (7, 7, 128)).permute(2, 0, 1, 3).flatten(0, 2)
        return value.T
    return value
