"""Who calls what how: the names of the same quantities in papers, books and libraries."""

SOURCES = ("paper", "reddi", "d2l", "torch", "keras", "optax", "adamlib")

# quantity: its name in each of SOURCES; "" where it has none. The libraries' names of m, v, v_max and t are those of their state.
CROSSWALK: dict[str, dict[str, str]] = {
    quantity: dict(zip(SOURCES, names))
    for quantity, names in {
        "gradient": ("g_t", "g_t", "g_t", "grad", "gradient", "updates", "grad"),
        "theta": ("theta_t", "x_t", "x_t", "param", "variable", "params", "theta"),
        "m": ("m_t", "m_t", "v_t", "exp_avg", "momentum", "mu", "m"),
        "v": ("v_t", "v_t", "s_t", "exp_avg_sq", "velocity", "nu", "v"),
        "m_hat": ("m_hat_t", "", "v_hat_t", "", "", "mu_hat", "m_hat"),
        "v_hat": ("v_hat_t", "", "s_hat_t", "", "", "nu_hat", "v_hat"),
        "v_max": ("", "v_hat_t", "", "max_exp_avg_sq", "velocity_hat", "nu_max", "v_max"),
        "lr": ("alpha", "alpha_t", "eta", "lr", "learning_rate", "learning_rate", "lr"),
        "beta1": ("beta_1", "beta_1", "beta_1", "betas[0]", "beta_1", "b1", "beta1"),
        "beta2": ("beta_2", "beta_2", "beta_2", "betas[1]", "beta_2", "b2", "beta2"),
        "eps": ("epsilon", "", "epsilon", "eps", "epsilon", "eps", "eps"),
        "weight_decay": ("", "", "", "weight_decay", "weight_decay", "weight_decay", "weight_decay"),
        "t": ("t", "t", "t", "step", "iterations", "count", "t"),
    }.items()
}

# Names of m and v that a state may carry, most telling first: where both are there, they are compared. In d2l v is m.
PAIRS = [
    *((CROSSWALK["m"][source], CROSSWALK["v"][source]) for source in ("torch", "keras", "optax", "adamlib")),
    ("v", "s"),
]
