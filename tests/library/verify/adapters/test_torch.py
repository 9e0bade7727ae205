"""PyTorch: objects, classes and factories; a fake of it where it is not installed."""

import functools
import sys

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import gradients
from adamlib.verify.adapters import torch as adapter
from adamlib.verify.adapters.torch import TorchWalker
from helpers.fakes import Tensor
from helpers.steps import as_function


@pytest.mark.filterwarnings("ignore")
def test_a_torch_object_in_all_its_forms():
    torch = pytest.importorskip("torch")
    param = torch.tensor([3.0], requires_grad=True)
    used = torch.optim.Adam([param], lr=0.1)
    param.grad = torch.tensor([1.0])
    used.step()
    before = param.detach().clone(), {name: value.clone() for name, value in used.state[param].items()}
    forms = (used, torch.optim.Adam, lambda params: torch.optim.Adam(params, lr=0.1), functools.partial(torch.optim.Adam, lr=0.1))
    for form in forms:
        assert al.verify(form).follows == "Adam"
    assert torch.equal(param, before[0])
    assert all(torch.equal(used.state[param][name], value) for name, value in before[1].items())
    assert not al.verify(used, like=al.Adam()).ok
    assert "uphill" in al.verify(lambda params: torch.optim.Adam(params, maximize=True)).sentence
    for foreign in (torch.optim.Rprop, lambda params: torch.optim.RMSprop(params, momentum=0.9)):
        with pytest.raises(LookupError, match=r"no rule of ours .*like="):
            al.verify(foreign)
        assert not al.verify(foreign, like=al.Adam()).ok


@pytest.mark.filterwarnings("ignore")
def test_a_torch_class_with_a_shared_counter():
    torch = pytest.importorskip("torch")

    class Shared(torch.optim.Optimizer):
        def __init__(self, params, lr=0.001):
            super().__init__(params, {"lr": lr})
            self.count = 0

        @torch.no_grad()
        def step(self):
            for param in self.param_groups[0]["params"]:
                self.count += 1
                state = self.state[param]
                state["exp_avg"] = 0.9 * state.get("exp_avg", 0.0) + 0.1 * param.grad
                state["exp_avg_sq"] = 0.999 * state.get("exp_avg_sq", 0.0) + 0.001 * param.grad**2
                m, v = state["exp_avg"] / (1 - 0.9**self.count), state["exp_avg_sq"] / (1 - 0.999**self.count)
                param -= self.param_groups[0]["lr"] * m / (v.sqrt() + 1e-8)

    assert al.verify(Shared, like=al.Adam()).fault == "t per parameter"
    with pytest.raises(LookupError, match="no rule of ours is called Shared"):
        al.verify(Shared)


@pytest.mark.parametrize("mode", ["capturable", "differentiable"])
def test_modes_of_pytorch_live(mode):
    torch = pytest.importorskip("torch")
    assert al.verify(lambda params: torch.optim.Adam(params, **{mode: True})).follows == "Adam"


def test_a_fake_of_torch_in_all_its_forms(libraries):
    SGD, params = libraries.torch.optim.SGD, [libraries.torch.zeros(3)]
    assert al.verify(SGD).sentence.startswith("Follows SGD(lr=0.001)")
    assert al.verify(SGD(params, lr=0.1, momentum=0.9)).sentence.startswith("Follows Momentum(lr=0.1, beta=0.9) for")
    assert al.verify(SGD(params, lr=0.1, momentum=0.9, dampening=0.5)).follows == "first buffer"
    assert al.verify(functools.partial(SGD, lr=0.1, momentum=0.9, nesterov=True)).follows == "Nesterov"
    assert al.verify(lambda params: SGD(params, lr=0.5)).sentence.startswith("Follows SGD(lr=0.5)")
    assert not al.verify(functools.partial(SGD, weight_decay=0.1)).ok  # the fake does nothing with it
    assert not params[0].values.any()
    with pytest.raises(LookupError, match="is not one number"):
        al.verify(lambda params: SGD(params, lr="fast"))
    changed = SGD(params, lr=0.1)
    changed.param_groups[0]["lr"] = 0.05
    assert al.verify(changed).sentence.startswith("Follows SGD(lr=0.05)")
    changed.param_groups.append({**changed.param_groups[0], "lr": 0.2})
    assert al.verify(changed).sentence.endswith("; only the first of its 2 groups of parameters was walked.")

    class Mine(SGD):
        pass

    class Other(libraries.torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

    assert al.verify(Mine).sentence.startswith("Follows SGD(lr=0.001)")
    with pytest.raises(LookupError, match="no rule of ours is called Other; say like which rule it should be"):
        al.verify(Other)


def test_groups_that_follow_different_rules_are_no_one_rule(libraries):
    def mixed(params):
        optimizer = libraries.torch.optim.SGD(params[:4], lr=0.1)
        optimizer.param_groups.append({**optimizer.param_groups[0], "params": params[4:], "momentum": 0.9})
        return optimizer

    with pytest.raises(LookupError, match="its groups of parameters follow different rules; say like"):
        al.verify(mixed)


def test_a_class_that_needs_more_is_to_be_wrapped(libraries):
    class Mine(libraries.torch.optim.SGD):
        def __init__(self, params, lr, total_steps):
            super().__init__(params, lr)

    said = r"optimizer = Mine is not allowed: optimizer must be made: it needs lr and total_steps; "
    with pytest.raises(TypeError, match=said + r"wrap it, lambda params: Mine\(params, lr=..., total_steps=...\)"):
        al.verify(Mine)
    with pytest.raises(TypeError, match="it needs total_steps; wrap it"):
        al.verify(functools.partial(Mine, lr=0.1))
    for made in (functools.partial(Mine, lr=0.1, total_steps=3), lambda params: Mine(params, 0.1, 3)):
        assert al.verify(made, like=al.SGD(lr=0.1)).ok


def test_a_function_of_one_argument_brings_pytorch_in_where_it_is_installed(monkeypatch):
    asked = []
    monkeypatch.setattr(adapter, "find_spec", lambda name: asked.append(name))
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    for thing in (lambda theta, grad, state: (theta, state), lambda params, lr=0.1: params, print, 3):
        assert adapter.factory_of(thing) is None
    assert asked == []
    assert adapter.factory_of(lambda params: params) is None
    assert asked == ["torch"]
    monkeypatch.undo()


def test_what_a_copy_leaves_behind_is_said(libraries):
    SGD, zeros = libraries.torch.optim.SGD, libraries.torch.zeros
    used = SGD([zeros(3)], lr=0.1, momentum=0.9)
    used.state = {"one": {"step": 7.0}, "other": {}}
    assert al.verify(used).remarks == ("its state, after 7 steps, was left behind",)
    used.state = {"one": {}}
    assert al.verify(used).remarks == ("its state was left behind",)
    assert used.state == {"one": {}}
    hooked = SGD([zeros(3)], lr=0.1)
    hooked._optimizer_step_pre_hooks = {1: print}
    assert al.verify(hooked).remarks == ("its hooks were left behind",)


def test_an_instance_keeps_what_it_is_given_beside_its_groups(libraries):
    class Grown(libraries.torch.optim.SGD):
        scale = 1.0

        def __init__(self, params, lr=0.1):
            super().__init__(params, lr=lr)
            self.mine = tuple(params)

        def step(self):
            super().step()
            for param in self.mine:
                param.values = self.scale * param.values

    grown = Grown([libraries.torch.zeros(3)])
    assert al.verify(grown).ok
    grown.scale = 0.99
    assert "theta decays by 0.01 of itself" in al.verify(grown).sentence or "weight_decay=" in al.verify(grown).sentence
    grown.scale, grown.step = 1.0, lambda: None
    assert al.verify(grown).remarks == ("what was put in the place of its step was left behind",)
    grown.step._wrapped_by_lr_sched = True
    assert al.verify(grown).remarks == ()


def test_parameters_in_no_group_are_counted(libraries):
    said = al.verify(lambda params: libraries.torch.optim.SGD(params[:5], lr=0.1)).sentence
    assert said.endswith("3 of its 8 parameters are in none of its groups.")


def test_a_factory_may_treat_matrices_by_settings_of_their_own(libraries):
    def by_shape(params):
        lr = 0.1 if len(params) > 1 else 0.3  # a vector is eight parameters
        return libraries.torch.optim.SGD(params, lr=lr)

    verdict = al.verify(by_shape)
    assert verdict.ok
    assert verdict.remarks == ("a matrix has settings of its own: it follows SGD(lr=0.3)",)

    def otherwise(params):
        optimizer = by_shape(params)
        optimizer.param_groups[0]["lr"] = 0.3
        return optimizer

    assert al.verify(otherwise).ok


def test_what_breaks_off_in_the_precision_of_its_parameters_says_so(libraries):
    class Wide(libraries.torch.optim.SGD):
        def step(self):
            if any(str(param.dtype).endswith("float16") for param in self.param_groups[0]["params"]):
                raise RuntimeError("not for halves")
            super().step()

    libraries.torch.float16 = np.float16
    verdict = al.verify(Wide([libraries.torch.zeros(3, dtype=np.float16)], lr=0.1))
    assert verdict.ok
    assert "in the precision of its parameters it breaks off: RuntimeError: not for halves, raised at step 1" in verdict.remarks


def test_a_factory_that_imports_pytorch_itself(libraries, monkeypatch):
    torch = libraries.torch
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(adapter, "find_spec", lambda name: name == "torch")

    def imported(name):
        monkeypatch.setitem(sys.modules, name, torch)
        return torch

    monkeypatch.setattr(adapter, "import_module", imported)
    assert al.verify(lambda params: torch.optim.SGD(params, lr=0.1)).sentence.startswith("Follows SGD(lr=0.1) for 400")


def test_the_settings_of_what_is_still_to_be_made(libraries):
    name, settings = adapter.TorchAdapter().settings_of(libraries.torch.optim.SGD, given={"lr": 0.5})
    assert (name, settings["lr"], settings["momentum"]) == ("SGD", 0.5, 0)


def test_a_memory_in_bfloat16_is_read_as_what_it_is():
    class Half:
        dtype = "torch.bfloat16"

        def float(self):
            return np.ones(8, np.float32)

    assert adapter._readable(Half()).dtype.name in ("bfloat16", "float32")  # the latter where nobody knows bfloat16
    assert (np.asarray(adapter._readable(Half()), float) == 1).all()


def test_functions_beside_torch(libraries):
    assert "IndexError: list index out of range, when it is made" in al.verify(lambda params: params[9]).sentence
    with pytest.raises(TypeError, match=r"must be a step function of .theta, grad, state., or a function of"):
        al.verify(lambda params: 3)
    assert al.verify(lambda theta, grad=None, state=None: (theta - 0.1 * grad, state), like=al.SGD(lr=0.1)).ok
    assert al.verify(as_function(al.Adam())).ok
    assert al.verify(al.Adam).ok
    assert al.verify(print).status == 2


def test_modes_of_pytorch_that_need_more_than_a_processor(libraries):
    SGD = libraries.torch.optim.SGD
    said = al.verify(lambda params: SGD(params, 0.1, capturable=True), like=al.SGD(lr=0.1))
    assert said.ok
    assert said.sentence.endswith("; it was walked with capturable=False, which a processor needs.")
    assert al.verify(lambda params: SGD(params, 0.1, differentiable=True)).sentence.startswith("Follows SGD(lr=0.1) for 400")


def test_the_names_of_the_state_of_a_fake(libraries):
    walker = TorchWalker(lambda params: libraries.torch.optim.SGD(params, momentum=0.9), "float32")
    theta, arrays = walker(gradients()[0])
    assert theta.dtype == np.float32
    assert walker.state_names() == ["momentum_buffer", "none", "step"]
    assert set(arrays) == {"momentum_buffer", "step"}


def test_an_instance_for_complex_parameters_is_walked_on_complex_numbers(libraries):
    libraries.torch.complex128 = np.complex128
    SGD, zeros = libraries.torch.optim.SGD, libraries.torch.zeros
    verdict = al.verify(SGD([zeros(3, dtype=np.complex128)], lr=0.1))
    assert verdict.ok
    assert verdict.remarks == (adapter.ON_COMPLEX,)

    class LengthOnly(SGD):
        def step(self):
            for param in self.param_groups[0]["params"]:
                param.values = param.values - 0.1 * abs(param.grad.values)

    assert not al.verify(LengthOnly([zeros(3, dtype=np.complex128)], lr=0.1), like=al.SGD(lr=0.1))


def test_a_memory_that_numpy_cannot_read_is_left_unread(libraries):
    """As that of optimizers which keep it in eight bits or less."""

    class Packed(Tensor):
        def numpy(self):
            raise RuntimeError(".numpy() is not supported for tensor subclasses")

    class PackedMomentum(libraries.torch.optim.SGD):
        def step(self):
            super().step()
            for state in self.state.values():
                state["packed"] = Packed([0.0])

    assert al.verify(lambda params: PackedMomentum(params, lr=0.1, momentum=0.9), like=al.Momentum(lr=0.1))
