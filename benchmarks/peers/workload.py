"""A workload as its recipe has it, so that no size or rate is written twice."""
import dataclasses
import pathlib
import tomllib

# In place of the recipe's rate. At that of the recipe the first steps of a network with batch normalisation magnify
# rounding errors: PyTorch's own layouts then differ by 4e-4 after five steps. No step takes longer or shorter for it.
RATES = {"resnet18": 1e-3}
FOLDER = pathlib.Path(__file__).parent.parent / "workloads"


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    batch: int
    model: dict
    data: dict
    optimizer: dict

    @classmethod
    def load(cls, name):
        recipe = tomllib.loads((FOLDER / f"{name}.toml").read_text())
        return cls(name, recipe["training"]["batch"], recipe["model"], recipe["data"], recipe["optimizer"])

    @property
    def shape(self):
        """Of one example, channels last: an image, or tokens."""
        return self.data.get("image") or [self.model["context"]]

    @property
    def classes(self):
        return self.model.get("classes") or self.model["vocabulary"]

    @property
    def has_images(self):
        return len(self.shape) == 3 and self.name != "mlp"

    @property
    def rate(self):
        return RATES.get(self.name, self.optimizer["learning_rate"])

    @property
    def momentum(self):
        return self.optimizer.get("momentum", 0.0)

    @property
    def betas(self):
        return tuple(self.optimizer.get("betas", (0.9, 0.999)))

    @property
    def decay(self):
        """Of weights and embeddings; biases and normalisations do not decay."""
        return self.optimizer.get("weight_decay", 0.0)
