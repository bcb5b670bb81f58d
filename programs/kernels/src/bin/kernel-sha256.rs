//! See `kernels::sha256`.

fn main() {
    kernels::run(kernels::sha256::checksum);
}
