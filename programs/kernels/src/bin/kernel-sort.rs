//! See `kernels::sort`.

fn main() {
    kernels::run(kernels::sort::checksum);
}
