"""Who calls what how: the names of the same quantities in papers, books and libraries."""

from adamlib.verify.adapters import LIBRARIES, OWN

QUANTITIES = (
    "gradient",
    "theta",
    "m",
    "v",
    "m_hat",
    "v_hat",
    "v_max",
    "lr",
    "beta1",
    "beta2",
    "eps",
    "weight_decay",
    "t",
)
PAPERS = {
    "paper": ("g_t", "theta_t", "m_t", "v_t", "m_hat_t", "v_hat_t", "", "alpha", "beta_1", "beta_2", "epsilon", "", "t"),
    "reddi": ("g_t", "x_t", "m_t", "v_t", "", "", "v_hat_t", "alpha_t", "beta_1", "beta_2", "", "", "t"),
    "d2l": ("g_t", "x_t", "v_t", "s_t", "v_hat_t", "s_hat_t", "", "eta", "beta_1", "beta_2", "epsilon", "", "t"),
}
COLUMNS = {source: dict(zip(QUANTITIES, names)) for source, names in PAPERS.items()} | {
    adapter.package: adapter.notation for adapter in (*LIBRARIES, OWN)
}

# quantity: its name in each source; "" where it has none. The libraries' names of m, v, v_max and t are those of their state.
NOTATION: dict[str, dict[str, str]] = {
    quantity: {source: column.get(quantity, "") for source, column in COLUMNS.items()} for quantity in QUANTITIES
}
