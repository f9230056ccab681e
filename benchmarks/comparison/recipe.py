"""A workload's recipe with some keys changed, as a file: `chorus bench` takes recipes, and no changes to them."""
import copy
import json
import tomllib

from comparison.chorus import WORKLOADS


def variant(workload, changes, folder):
    """Writes the recipe with `changes`, such as {"model.widths": [64]}, to the folder and returns its path."""
    recipe = copy.deepcopy(tomllib.loads((WORKLOADS / f"{workload}.toml").read_text()))
    for key, value in changes.items():
        table, name = key.split(".")
        recipe[table][name] = value
    path = folder / f"{workload}.toml"
    path.write_text(toml(recipe))
    return path


def toml(recipe):
    """Names, numbers and lists of numbers look alike in JSON and TOML; a recipe has nothing else."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in recipe.items() if not isinstance(value, dict)]
    for table, values in recipe.items():
        if isinstance(values, dict):
            lines += ["", f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"
