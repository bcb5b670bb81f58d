//! See `kernels::fib`.

fn main() {
    kernels::run(kernels::fib::checksum);
}
