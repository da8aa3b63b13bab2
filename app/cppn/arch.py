"""Architecture: the shape of a network as data. Pure; knows no weights and no library."""

from dataclasses import dataclass

ACTIVATIONS = ("sin", "mix", "gaussian", "atan", "finer")
MIX = ("sin", "cos", "gaussian", "tanh")
"""`mix` gives hidden layer i the activation MIX[i % 4], as the seed network did by layer."""

DEFAULT_INPUTS = (
    "x", "y", "t", "loudness", "bass", "mid", "treble", "onset", "centroid", "beat", "chroma1", "chroma2",
)  # fmt: skip
WIDTHS = range(8, 257)
DEPTHS = range(1, 9)
OUTPUTS = 3


@dataclass(frozen=True, slots=True)
class Arch:
    """`inputs` by name → `depth` hidden layers of `width` neurons → 3 colours through a sigmoid."""

    inputs: tuple[str, ...] = DEFAULT_INPUTS
    width: int = 128
    depth: int = 4
    activation: str = "sin"

    @property
    def layer_activations(self) -> tuple[str, ...]:
        """The activation of each hidden layer, in order."""
        if self.activation == "mix":
            return tuple(MIX[i % len(MIX)] for i in range(self.depth))
        return (self.activation,) * self.depth

    @property
    def fan_out(self) -> int:
        """Values a hidden layer hands on: `atan` gives an odd and an even value for each neuron."""
        return 2 * self.width if self.activation == "atan" else self.width

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Weight shapes (out, in) of every layer, the output layer last."""
        hidden = [(self.width, len(self.inputs))] + [(self.width, self.fan_out)] * (self.depth - 1)
        return (*hidden, (OUTPUTS, self.fan_out))

    @property
    def parameter_count(self) -> int:
        """Weights and biases together: 51,587 for the default network."""
        return sum(rows * (columns + 1) for rows, columns in self.shapes)
