"""Sweeps in blocks: the same numbers as one array gives, on threads, processes and a Dask cluster, interrupted and resumed."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import adamlib as al
from adamlib import sweeps
from helpers.cases import as_sweep, every_optimizer

MANY = al.Adam(**al.grid(lr=np.geomspace(0.001, 1, 9), beta1=np.linspace(0, 0.99, 13)))


def same(a: al.State, b: al.State) -> None:
    for name, one, other in zip(al.State._fields, a, b):
        np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of seven runs, so that a small sweep has many."""
    monkeypatch.setattr(sweeps, "BLOCK_RUNS", 7)


@every_optimizer
def test_blocks_are_the_whole(optimizer, small_blocks):
    many = as_sweep(optimizer)
    same(al.sweep(many, al.rosenbrock(), steps=40, progress=False), al.final(many, al.rosenbrock(), steps=40))


def test_a_large_sweep_is_handed_out_in_hundredths(small_blocks):
    """Very many blocks would keep the executor busy with handing them out."""
    handed_out = []

    class Counts(ThreadPoolExecutor):
        def submit(self, work, sent):
            handed_out.append(sent.task.runs)
            return super().submit(work, sent)

    many = al.SGD(**al.grid(lr=np.linspace(0.001, 0.01, 2000)))
    with Counts(1) as counting:
        same(al.sweep(many, al.bowl(), steps=2, executor=counting, progress=False), al.final(many, al.bowl(), steps=2))
    assert handed_out == [20] * 100


def test_starts_and_schedules(small_blocks):
    starts = np.random.default_rng(0).uniform(-2, 2, (4, 10, 2))
    rule = al.AdamW(lr=np.geomspace(0.01, 0.1, 4)[:, None, None], beta2=[0.9, 0.99])
    options = {"start": starts, "steps": 30, "schedule": al.linear(30)}
    same(al.sweep(rule, al.beale(), progress=False, **options), al.final(rule, al.beale(), **options))


def test_the_axes_of_a_problem_stay_whole(monkeypatch):
    """Networks of three seeds share their batches by place: a block has all three of them."""
    problem = al.network(al.digits(train=40), hidden=3, batch=8, seed=[4, 5, 6])
    rule = al.Adam(lr=np.geomspace(0.001, 0.1, 5)[:, None, None])
    monkeypatch.setattr(sweeps, "BLOCK_NUMBERS", 2 * problem.start.size)
    same(al.sweep(rule, problem, steps=6, progress=False), al.final(rule, problem, steps=6))


def test_one_run_is_a_sweep_of_one():
    same(al.sweep(al.Adam(), al.bowl(), steps=5, progress=False), al.final(al.Adam(), al.bowl(), steps=5))


def own_surface() -> al.Problem:
    """Functions that no import finds: they travel with the task."""
    k = 3.0
    return al.surface("own", lambda x, y: x * x + k * y * y, lambda x, y: (2 * x, 2 * k * y), (1, 1))


def test_processes(small_blocks):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for problem in (al.rosenbrock(), own_surface()):
            same(al.sweep(MANY, problem, steps=50, executor=pool, progress=False), al.final(MANY, problem, steps=50))


@pytest.fixture(scope="module")
def cluster():
    """Two Dask workers, each a process of its own, on this machine."""
    distributed = pytest.importorskip("distributed")
    import dask

    quiet = {"distributed.scheduler.allowed-failures": 10, "distributed.comm.timeouts.connect": "60s"}
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=60
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster(cluster, small_blocks):
    with cluster.get_executor() as pool:
        same(al.sweep(MANY, own_surface(), steps=50, executor=pool, progress=False), al.final(MANY, own_surface(), steps=50))


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_dies_costs_its_block_only(cluster, small_blocks, tmp_path):
    """One of the two workers kills itself in the middle of its block; the arrays are the same to the last bit."""
    before = set(cluster.run(os.getpid).values())
    grave = tmp_path / "killed"

    def slope(x, y):
        if not grave.exists():
            grave.write_text(str(os.getpid()))
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return 2 * x, 6 * y

    problem = al.surface("grave", lambda x, y: x * x + 3 * y * y, slope, (1, 1))
    calm = al.surface("calm", lambda x, y: x * x + 3 * y * y, lambda x, y: (2 * x, 6 * y), (1, 1))
    with cluster.get_executor() as pool:
        state = al.sweep(MANY, problem, steps=50, executor=pool, progress=False, engine="arrays")
    same(state, al.final(MANY, calm, steps=50))
    assert int(grave.read_text()) in before
    cluster.wait_for_workers(2, timeout=60)


# Interrupted and resumed


class Stops(Executor):
    """Carries out tasks at once, and is interrupted at one of them."""

    def __init__(self, after: int, error: type[BaseException] = KeyboardInterrupt):
        self.done, self.after, self.error = 0, after, error

    def submit(self, function, *args):
        future: Future = Future()
        if self.done == self.after:
            future.set_exception(self.error("stop"))
        else:
            future.set_result(function(*args))
            self.done += 1
        return future


def kept_runs(path) -> int:
    with np.load(path) as file:
        return int(file["done"].sum())


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_is_finished_is_kept_and_not_done_again(error, small_blocks, tmp_path):
    path = tmp_path / "sweep.npz"
    with pytest.raises(error):
        al.sweep(MANY, al.rosenbrock(), steps=40, executor=Stops(3, error), progress=False, checkpoint=path)
    assert kept_runs(path) == 21
    rest = Stops(10**9)
    state = al.sweep(MANY, al.rosenbrock(), steps=40, executor=rest, progress=False, checkpoint=path)
    assert rest.done == -(-(9 * 13 - 21) // 7)
    assert kept_runs(path) == 9 * 13
    same(state, al.final(MANY, al.rosenbrock(), steps=40))
    idle = Stops(0)
    same(al.sweep(MANY, al.rosenbrock(), steps=40, executor=idle, progress=False, checkpoint=path), state)
    assert sorted(os.listdir(tmp_path)) == ["sweep.npz"]


def test_other_blocks_may_finish_it(small_blocks, monkeypatch, tmp_path):
    path = tmp_path / "sweep.npz"
    with pytest.raises(KeyboardInterrupt):
        al.sweep(MANY, al.rosenbrock(), steps=40, executor=Stops(5), progress=False, checkpoint=path)
    monkeypatch.setattr(sweeps, "BLOCK_RUNS", 20)
    state = al.sweep(MANY, al.rosenbrock(), steps=40, progress=False, checkpoint=path)
    same(state, al.final(MANY, al.rosenbrock(), steps=40))


def test_it_is_written_while_it_runs(small_blocks, monkeypatch, tmp_path):
    monkeypatch.setattr("adamlib.checkpoint.BETWEEN_WRITINGS", 0.0)
    written, write = [], sweeps.Checkpoint.write
    monkeypatch.setattr(sweeps.Checkpoint, "write", lambda self: (write(self), written.append(kept_runs(self.path))))
    al.sweep(MANY, al.rosenbrock(), steps=6, progress=False, checkpoint=tmp_path / "sweep.npz")
    assert written[:3] == [7, 14, 21] or (len(written) > 5 and written == sorted(written))
    assert written[-1] == 9 * 13


SLOW = """
import signal, sys, time
import numpy as np, adamlib as al
from adamlib import sweeps
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs in its background ignore it
def slope(x, y):
    time.sleep(0.002)
    return 2 * x, 6 * y
problem = al.surface("slow", lambda x, y: x * x, slope, (1, 1))
sweeps.BLOCK_RUNS = 3
rule = al.SGD(**al.grid(lr=np.linspace(0.001, 0.1, 300)))
print("ready", flush=True)
try:
    al.sweep(rule, problem, steps=20, progress=False, checkpoint=sys.argv[1], engine="arrays")
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no interrupt for one process")
def test_an_interrupt_from_the_keyboard(tmp_path):
    path = tmp_path / "sweep.npz"
    command = [sys.executable, "-c", SLOW, str(path)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert running.stdout.readline() == "ready\n"
    time.sleep(1.0)
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=60)[0] == "interrupted\n"
    assert 0 < kept_runs(path) < 300


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.write_bytes(b"not a checkpoint"), "damaged"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-200]), "damaged"),
        (lambda path: np.savez(path, done=np.zeros(3)), "damaged"),
        (lambda path: np.savez(path, key=np.array([{}], object)), "damaged"),
    ],
    ids=["text", "empty", "cut", "other", "pickled"],
)
def test_a_damaged_checkpoint_is_refused_and_kept(change, said, tmp_path):
    path = tmp_path / "sweep.npz"
    al.sweep(MANY, al.bowl(), steps=2, progress=False, checkpoint=path)
    change(path)
    content = path.read_bytes()
    with pytest.raises(ValueError, match=rf"checkpoint = '.*sweep.npz' is not allowed: checkpoint is {said}"):
        al.sweep(MANY, al.bowl(), steps=2, progress=False, checkpoint=path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "other",
    [
        {"steps": 3},
        {"optimizer": al.Adam(**al.grid(lr=np.geomspace(0.001, 2, 9), beta1=np.linspace(0, 0.99, 13)))},
        {"optimizer": al.NAdam(**al.grid(lr=np.geomspace(0.001, 1, 9), beta1=np.linspace(0, 0.99, 13)))},
        {"problem": al.bowl(11.0)},
        {"problem": al.beale()},
        {"start": np.array([1.0, 2.0])},
        {"schedule": al.linear(2)},
    ],
    ids=["steps", "numbers", "rule", "condition", "surface", "start", "schedule"],
)
def test_a_checkpoint_of_another_sweep_is_refused(other, tmp_path):
    path, task = tmp_path / "sweep.npz", {"optimizer": MANY, "problem": al.bowl(), "steps": 2}
    al.sweep(**task, progress=False, checkpoint=path)
    al.sweep(**task, progress=False, checkpoint=path)
    with pytest.raises(ValueError, match="checkpoint belongs to another sweep"):
        al.sweep(**{**task, **other}, progress=False, checkpoint=path)


def test_the_file_is_replaced_as_a_whole(tmp_path, monkeypatch):
    path = tmp_path / "sweep.npz"
    al.sweep(MANY, al.bowl(), steps=2, progress=False, checkpoint=path)
    content = path.read_bytes()

    def fails(*args, **kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "savez", fails)
    with pytest.raises(OSError, match="disk is full"):
        al.sweep(MANY, al.bowl(), steps=3, progress=False, checkpoint=tmp_path / "new.npz")
    assert not (tmp_path / "new.npz").exists()
    assert path.read_bytes() == content


# The bar


def test_the_bar_counts_runs(small_blocks, monkeypatch):
    counted = []

    class Bar:
        def __init__(self, **options):
            self.options = options

        def __enter__(self):
            return self

        def __exit__(self, *error):
            counted.append(self.options["total"])

        def update(self, n):
            counted.append(n)

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    al.sweep(MANY, al.bowl(), steps=2)
    assert counted[0] == 0
    assert sum(counted[:-1]) == counted[-1] == 9 * 13


def test_no_bar_for_what_is_soon_done(capfd):
    al.sweep(MANY, al.bowl(), steps=2)
    assert capfd.readouterr() == ("", "")


def test_a_bar_for_what_takes_longer(tmp_path):
    command = [sys.executable, "-c", SLOW.replace("progress=False, ", ""), str(tmp_path / "sweep.npz")]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "run/s" in said.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps = 0"),
        ({"progress": "yes"}, "progress = 'yes'"),
        ({"start": [1.0]}, "start of shape"),
        ({"schedule": 3}, "schedule = 3"),
        ({"engine": "gpu"}, "engine = 'gpu'"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        al.sweep(MANY, al.bowl(), **{"steps": 2, "progress": False, **options})
