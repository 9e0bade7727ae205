"""What is measured: each work with its contestants and its goals, by the name of its picture."""

from benchmarks.works.networks import BY_RATE, BY_SEED
from benchmarks.works.one_run import ONE_RUN
from benchmarks.works.opening import OPENING
from benchmarks.works.sweep import SWEEP
from benchmarks.works.vector import FLOAT32, FLOAT64

WORKS = {
    "one_run": ONE_RUN,
    "sweep": SWEEP,
    "vector_float32": FLOAT32,
    "vector_float64": FLOAT64,
    "networks": BY_SEED,
    "networks_rates": BY_RATE,
    "opening": OPENING,
}
