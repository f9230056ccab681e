"""The four networks in tinygrad, with Chorus's names and, as tinygrad's users have them, PyTorch's layouts."""
from tinygrad import nn


class Perceptron:
    def __init__(self, widths, classes):
        sizes = [784, *widths, classes]
        self.depth = len(sizes) - 1
        for index in range(self.depth):
            setattr(self, f"linear{index + 1}", nn.Linear(sizes[index], sizes[index + 1]))

    def __call__(self, x):
        for index in range(1, self.depth):
            x = getattr(self, f"linear{index}")(x).relu()
        return getattr(self, f"linear{self.depth}")(x)


class LeNet:
    def __init__(self, classes):
        self.c1, self.c2 = nn.Conv2d(1, 32, 3, padding=1), nn.Conv2d(32, 64, 3, padding=1)
        self.c3 = nn.Conv2d(64, 128, 3, padding=1)
        self.f1, self.f2 = nn.Linear(128 * 7 * 7, 256), nn.Linear(256, classes)

    def __call__(self, x):
        x = self.c2(self.c1(x).relu()).relu().max_pool2d()
        x = self.c3(x).relu().max_pool2d()
        return self.f2(self.f1(x.flatten(1)).relu())


class Block:
    def __init__(self, inputs, outputs, stride):
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm(outputs)
        self.downsample = []
        if stride != 1:
            self.downsample = [nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm(outputs)]

    def __call__(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + x.sequential(self.downsample)).relu()


class ResNet18:
    def __init__(self, classes):
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm(64)
        for stage, (inputs, outputs) in enumerate([(64, 64), (64, 128), (128, 256), (256, 512)]):
            blocks = [Block(inputs, outputs, 1 if stage == 0 else 2), Block(outputs, outputs, 1)]
            setattr(self, f"layer{stage + 1}", blocks)
        self.fc = nn.Linear(512, classes)

    def __call__(self, x):
        x = self.bn1(self.conv1(x)).relu()
        x = x.sequential(self.layer1 + self.layer2 + self.layer3 + self.layer4)
        return self.fc(x.mean((2, 3)))


class Attention:
    def __init__(self, width, heads):
        self.heads, self.qkv, self.output = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def __call__(self, x):
        examples, context, width = x.shape
        q, k, v = (part.reshape(examples, context, self.heads, -1).transpose(1, 2)
                   for part in self.qkv(x).split(width, 2))
        mixed = q.scaled_dot_product_attention(k, v, is_causal=True)
        return self.output(mixed.transpose(1, 2).reshape(examples, context, width))


class TransformerBlock:
    def __init__(self, width, heads):
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def __call__(self, x):
        x = x + self.attention(self.norm1(x))
        y = self.expand(self.norm2(x))
        # The exact form; tinygrad's own `gelu` is the approximation by tanh.
        return x + self.contract(0.5 * y * (1 + (y * 0.5**0.5).erf()))


class GPT:
    def __init__(self, layers, heads, width, context, vocabulary):
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = [TransformerBlock(width, heads) for _ in range(layers)]
        self.norm = nn.LayerNorm(width)

    def __call__(self, x):
        x = (self.tokens(x) + self.positions.weight).sequential(self.blocks)
        return self.norm(x).linear(self.tokens.weight.T).flatten(0, 1)


def make(workload):
    model = workload.model
    return {
        "mlp": lambda: Perceptron(model["widths"], workload.classes),
        "lenet": lambda: LeNet(workload.classes),
        "resnet18": lambda: ResNet18(workload.classes),
        "gpt": lambda: GPT(*(model[key] for key in ("layers", "heads", "width", "context", "vocabulary"))),
    }[workload.name]()
