//! Which features beyond the first version of WebAssembly a module uses, by their names in GUEST.md section 2.

use std::collections::BTreeSet;
use wasmparser::{CompositeInnerType, Operator, TypeSectionReader};

/// What has been seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Features(BTreeSet<&'static str>);

macro_rules! proposal_of {
    ($(@$proposal:ident $operator:ident $({ $($field:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// The proposal that an operator comes from.
        const fn proposal(operator: &Operator<'_>) -> &'static str {
            match operator {
                $(Operator::$operator { .. } => stringify!($proposal),)*
                _ => "",
            }
        }
    };
}
wasmparser::for_each_operator!(proposal_of);

/// Whether an operator is of the vector proposal.
pub(crate) const fn is_vector(operator: &Operator<'_>) -> bool {
    matches!(proposal(operator).as_bytes(), b"simd")
}

impl Features {
    pub(super) fn note_operator(&mut self, operator: &Operator<'_>) {
        let name = match proposal(operator) {
            "sign_extension" => "sign-extension",
            "saturating_float_to_int" => "saturating float-to-int",
            "bulk_memory" => "bulk-memory",
            "reference_types" => "reference-types",
            "simd" => "simd128",
            _ => return,
        };
        self.0.insert(name);
    }

    pub(super) fn note_types(&mut self, types: &TypeSectionReader<'_>) {
        for ty in types.clone().into_iter().flatten() {
            let is_multi = ty.types().any(|ty| match &ty.composite_type.inner {
                CompositeInnerType::Func(ty) => ty.results().len() > 1,
                _ => false,
            });
            if is_multi {
                self.0.insert("multi-value");
            }
        }
    }

    /// Their names in alphabetical order.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.0.iter().copied().collect()
    }
}
