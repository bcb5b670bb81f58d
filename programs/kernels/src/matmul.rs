//! The product of two matrices of doubles, by the definition.

use crate::Random;

const SIZE: usize = 200;

/// What the bits of the product's elements make.
#[must_use]
pub fn checksum(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let [one, other] = [(); 2].map(|()| matrix(&mut random));
    let product = product(&one, &other, SIZE);
    let bits = product.iter().map(|element| element.to_bits());
    bits.fold(seed, |sum, bits| sum.rotate_left(1) ^ bits)
}

fn matrix(random: &mut Random) -> Vec<f64> {
    let element = |_| f64::from((random.next() >> 32) as u32) / 4e9 - 0.5;
    (0..SIZE * SIZE).map(element).collect()
}

fn product(one: &[f64], other: &[f64], size: usize) -> Vec<f64> {
    let mut product = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..size {
            let mut sum = 0.0;
            for at in 0..size {
                sum += one[row * size + at] * other[at * size + column];
            }
            product[row * size + column] = sum;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::product;

    #[test]
    fn rows_are_multiplied_by_columns() {
        let product = product(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0], 2);
        assert_eq!(product, [19.0, 22.0, 43.0, 50.0]);
    }
}
