//! See `kernels::matmul`.

fn main() {
    kernels::run(kernels::matmul::checksum);
}
