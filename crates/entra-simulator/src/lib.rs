//! Microsoft's login and Graph, simulated.
