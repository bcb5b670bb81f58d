//! See `kernels::btree`.

fn main() {
    kernels::run(kernels::btree::checksum);
}
