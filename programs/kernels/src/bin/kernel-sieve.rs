//! See `kernels::sieve`.

fn main() {
    kernels::run(kernels::sieve::checksum);
}
