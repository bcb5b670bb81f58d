//! Pages fetch; components draw.

pub(crate) mod status;
