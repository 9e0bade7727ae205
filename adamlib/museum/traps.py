"""Traps of the training loop: the optimizer is right, the loop around it is not. `TRAPS` by name."""

from collections.abc import Callable
from dataclasses import dataclass

from adamlib.museum import loops


@dataclass(frozen=True)
class Trap:
    """A training loop with one mistake, and the same loop without it.

    name : the key in `TRAPS`
    loop : the mistake, running: a function without arguments that returns one number
    mended : the same loop without the mistake
    measures : what the number is
    says : what is wrong, in one sentence
    symptom : what you see in your own training
    seen : where it happened or is documented, so that it can be looked up

    `source(trap.loop)` of `adamlib.notebook` shows the lines.

    >>> trap = TRAPS["t counts micro-batches"]
    >>> print(f"{trap.measures}: {trap.loop():.2f}, mended {trap.mended():.2f}")
    longest step, in lr, under a constant gradient: 2.60, mended 1.00
    """

    name: str
    loop: Callable[[], float]
    mended: Callable[[], float]
    measures: str
    says: str
    symptom: str
    seen: str


TRAPS = {
    trap.name: trap
    for trap in (
        Trap(
            "zero_grad forgotten",
            loops.zero_grad_forgotten,
            loops.zero_grad_called,
            "loss after 500 steps",
            "Each backward adds to the gradients of all batches before, so the optimizer steps along their sum.",
            "The loss falls at first, then swings and does not settle, at every learning rate.",
            "WeKws (wenet-e2e/wekws, pull request 73), torchforge (meta-pytorch/torchforge, pull request 71)",
        ),
        Trap(
            "scheduler per batch",
            loops.scheduler_per_batch,
            loops.scheduler_per_epoch,
            "loss after 500 steps, 20 epochs",
            "A schedule that was meant for epochs goes on with every batch, so lr is gone before the first epoch ends.",
            "The loss stands still early; lr, printed, is soon a millionth of what you set.",
            "ivadomed (ivadomed/ivadomed, pull request 55); with micro-batches PyTorch Lightning "
            "(Lightning-AI/pytorch-lightning, issue 1476)",
        ),
        Trap(
            "sum of micro-batches",
            loops.sum_of_micro_batches,
            loops.mean_of_micro_batches,
            "share of steps whose gradient is clipped",
            "The losses of micro-batches are added and not divided: Adam forgives the factor, clipping and eps do not.",
            "The gradient norm grows with the number of micro-batches, and nearly every step is clipped.",
            "nanoGPT (karpathy/nanoGPT, issue 168)",
        ),
        Trap(
            "t counts micro-batches",
            loops.t_counts_micro_batches,
            loops.t_counts_steps,
            "longest step, in lr, under a constant gradient",
            "The step count advances with every micro-batch, so v is corrected too little and the first steps are too long.",
            "With gradient accumulation the run differs from one with the large batch, most of all in its first steps.",
            "Keras (keras-team/keras, issue 19990, mended in pull request 19998)",
        ),
        Trap(
            "clipped before unscaling",
            loops.clipped_then_unscaled,
            loops.unscaled_then_clipped,
            "loss after 500 steps of momentum",
            "The gradient of the scaled loss is clipped, then divided by the scale: hardly anything of it is left.",
            "Momentum does not move. Adam does, since it divides the factor out, but each of its steps was clipped.",
            "PyTorch Lightning (Lightning-AI/pytorch-lightning, pull request 9606), "
            "Pytorch-UNet (milesial/Pytorch-UNet, issue 468)",
        ),
        Trap(
            "decay on every parameter",
            loops.decay_on_every_parameter,
            loops.decay_on_weights_only,
            "distance of the bias from where the data want it",
            "Weight decay pulls biases and the gains of normalisations to zero too, where large values do no harm.",
            "Biases and gains end below what the data ask for; a constant error remains.",
            "Fast-LLM (ServiceNow/Fast-LLM, issue 542); why it is left out is asked in huggingface/transformers, issue 492",
        ),
        Trap(
            "penalty by accident",
            loops.penalty_in_the_gradient,
            loops.decay_outside_the_gradient,
            "what 1000 steps leave of an unused weight of 1",
            "weight_decay of Adam joins the gradient and is divided by its own size: its strength cancels.",
            "Weights with small gradients vanish, whatever weight_decay is; AdamW needs another value.",
            "PyTorch's documentation of Adam (pytorch/pytorch, issue 48793)",
        ),
        Trap(
            "weights replaced after the optimizer",
            loops.weights_replaced_after_the_optimizer,
            loops.weights_replaced_before_the_optimizer,
            "loss after 500 steps",
            "The optimizer moves the arrays that it was given; what is added, cast or replaced later stands still.",
            "The gradients are not zero, and some weights, or all, never change.",
            "MACE (ACEsuit/mace, issue 525), HVPNeT (zjunlp/HVPNeT, issue 5)",
        ),
        Trap(
            "checkpoint without m and v",
            loops.resumed_without_m_and_v,
            loops.resumed_with_m_and_v,
            "mean move in the first step after resuming, in lr",
            "The checkpoint holds the weights alone, so Adam starts cold: its first step moves every weight by lr.",
            "The loss jumps where training was resumed.",
            "Tinker (thinking-machines-lab/tinker-feedback, issue 127), "
            "OneVision-Encoder (EvolvingLMMs-Lab/OneVision-Encoder, pull request 65)",
        ),
        Trap(
            "checkpoint without t",
            loops.resumed_without_t,
            loops.resumed_with_t,
            "mean move in the first 100 steps after resuming, in lr",
            "m and v come back, the step count does not: averages that are full are corrected as if they were empty.",
            "After resuming, training is slow for about 1 / (1 - beta2) steps.",
            "DeepSpeed's CPU Adam (deepspeedai/DeepSpeed, pull request 564)",
        ),
        Trap(
            "lr of the checkpoint",
            loops.lr_of_the_checkpoint,
            loops.lr_of_the_config,
            "loss after 2000 steps at the lr that was meant to be small",
            "Loading the state of the optimizer brings back its old lr as well, over the one that the config asks for.",
            "A new lr changes nothing in a run that is resumed.",
            "PyTorch's ImageNet example (pytorch/examples, issue 816)",
        ),
        Trap(
            "rows without a gradient",
            loops.rows_without_a_gradient_move,
            loops.rows_without_a_gradient_rest,
            "how far the row of a word moves that is in the first batch only, in lr",
            "m outlives the gradient, so an embedding moves on without one; a lazy rule rests, and is another optimizer.",
            "Embeddings of words that are not in the batch change; SparseAdam and Adam train differently.",
            "PyTorch (pytorch/pytorch, issue 18404)",
        ),
    )
}
