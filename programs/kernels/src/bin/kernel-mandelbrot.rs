//! See `kernels::mandelbrot`.

fn main() {
    kernels::run(kernels::mandelbrot::checksum);
}
