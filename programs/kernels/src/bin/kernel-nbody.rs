//! See `kernels::nbody`.

fn main() {
    kernels::run(kernels::nbody::checksum);
}
