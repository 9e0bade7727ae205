"""Room 08.3: how rarely AMSGrad matters. Its claims, measured again."""

import numpy as np
import pytest

import adamlib as al


def thrown(losses, rest=5):
    """How often each walk (T, n) rests for five steps below 1e-10 and later rises above 1e-6: another way to count."""
    low = losses < 1e-10
    resting = low.copy()
    for k in range(1, rest):
        resting[k:] &= low[:-k]
        resting[:k] = False
    high, counts = losses > 1e-6, []
    for ready, away in zip(resting.T, high.T):
        events = np.sort(np.append(2 * np.flatnonzero(ready), 2 * np.flatnonzero(away) + 1)) % 2
        counts.append(int((np.diff(events) == 1).sum()))
    return np.array(counts)


def test_08_3_one_walk():
    """36 bursts at a constant rate, 22 at one that falls; flicker counted as well, that would be 40 and 125."""
    rule = al.Adam(lr=0.05)
    for schedule, bursts, crossings, away in ((None, 36, 40, 0.30), (al.linear(20_000), 22, 125, 0.13)):
        loss = al.run(rule, al.rosenbrock(), steps=20_000, schedule=schedule, engine="floats").loss
        later = loss[(loss < 1e-10).argmax() :] > 1e-6
        assert thrown(loss[:, None])[0] == bursts
        assert (later[1:] & ~later[:-1]).sum() == crossings
        assert later.mean() == pytest.approx(away, abs=0.005)


@pytest.mark.claim("08.3#1", "08.3#2")
def test_08_3_other_starts():
    """20 other starts, 10,000 steps: Adam is thrown out from all, AMSGrad once at most, and a rate that falls ends at rest."""
    starts = np.random.default_rng(11).uniform((-2, -1), (2, 3), (20, 2))
    found, first = {}, {}
    for name, rule, schedule in (
        ("constant", al.Adam(lr=0.05), None),
        ("falls", al.Adam(lr=0.05), al.linear(10_000)),
        ("AMSGrad", al.AMSGrad(lr=0.05), None),
        ("paper", al.AMSGrad(lr=0.05, convention="paper"), None),
    ):
        loss = al.run(rule, al.rosenbrock(), starts, steps=10_000, schedule=schedule, engine="arrays").loss
        found[name], rests = thrown(loss), (loss[-1] < 1e-10).sum()
        first[name] = np.median(np.where((loss < 1e-10).any(axis=0), (loss < 1e-10).argmax(axis=0), np.inf))
        assert name != "falls" or rests == 20
    assert (found["constant"] > 0).all()
    for name in ("AMSGrad", "paper"):
        assert found[name].max() <= 1
        assert 1.9 < first[name] / first["constant"] < 3.4


@pytest.mark.claim("08#4", "08.3#3")
def test_08_3_digits():
    """Other seeds, at the best of two rates: some tenths of a point at a constant rate, next to nothing at a falling one."""
    net, gains = al.network(al.digits(), hidden=16, batch=32, seed=range(15, 18)), []
    for schedule in (None, al.linear(400)):
        best = []
        for kind in (al.Adam, al.AMSGrad):
            rule = kind(lr=2.0 ** np.array([-6, -5])[:, None, None], beta2=0.99)
            end = al.final(rule, net, steps=400, schedule=schedule)
            best.append(100 * net.test_accuracy(end.theta).mean(axis=-1).max())
        gains.append(best[1] - best[0])
    assert 0 < gains[0] < 2 * 0.4
    assert abs(gains[1]) < 0.2


def test_08_3_the_maximum_in_a_short_run():
    """After 400 steps the largest root is half as large again as the root for 0.99, and within 5 % of it for 0.999."""
    net = al.network(al.digits(), hidden=16, batch=32, seed=3)
    betas = np.array([0.99, 0.999])[:, None]
    end = al.final(al.AMSGrad(lr=1 / 64, beta2=betas), net, steps=400)
    short, usual = (np.median(np.sqrt(v_max[v > 0] / v[v > 0])) for v_max, v in zip(end.v_max, end.v))
    assert 1.3 < short < 3
    assert 1 <= usual < 1.05
