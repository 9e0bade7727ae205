"""Why a walk departs: `search` looks for what explains every step.

First among mistakes: `faults` (the rule goes wrong in one place) and `feeds` (its gradients are others), of which `suspects`
makes rules to walk; `slips` are the ways to go wrong. Then among what is read from the walk: `another_t`, `fits` (rate, decay,
memory), `pauses` (calls that make no step), `betas` (one that changes), `settings` (other numbers than the rule's),
`decay_and_more` (a decay and another number).
"""
