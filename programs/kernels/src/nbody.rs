//! Bodies that attract each other, moved in small steps of time.

use crate::Random;

const BODIES: usize = 5;
const STEPS: u32 = 60_000;
const STEP: f64 = 0.001;
/// Keeps bodies that come close from flying away.
const SOFTENING: f64 = 0.01;

#[derive(Debug, Clone, Copy)]
struct Body {
    place: [f64; 3],
    velocity: [f64; 3],
    mass: f64,
}

/// What the bits of the places make in the end.
#[must_use]
pub fn checksum(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut number = || f64::from((random.next() >> 32) as u32) / 2e9 - 1.0;
    let mut bodies = [(); BODIES].map(|()| Body {
        place: [number(), number(), number()],
        velocity: [number(), number(), number()],
        mass: number() + 1.1,
    });
    for _ in 0..STEPS {
        advance(&mut bodies);
    }
    let places = bodies.iter().flat_map(|body| body.place);
    places.fold(seed, |sum, place| sum.rotate_left(1) ^ place.to_bits())
}

fn advance(bodies: &mut [Body; BODIES]) {
    for one in 0..BODIES {
        for other in one + 1..BODIES {
            let mut apart = [0.0; 3];
            for axis in 0..3 {
                apart[axis] = bodies[one].place[axis] - bodies[other].place[axis];
            }
            let [x, y, z] = apart;
            let square = x * x + y * y + z * z + SOFTENING;
            let pull = STEP / (square * square.sqrt());
            let (mass, mass_of_other) = (bodies[one].mass, bodies[other].mass);
            for axis in 0..3 {
                bodies[one].velocity[axis] -= apart[axis] * mass_of_other * pull;
                bodies[other].velocity[axis] += apart[axis] * mass * pull;
            }
        }
    }
    for body in bodies {
        for (place, velocity) in body.place.iter_mut().zip(body.velocity) {
            *place += STEP * velocity;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BODIES, Body, advance};

    #[test]
    fn what_the_bodies_push_altogether_stays_the_same() {
        let mut bodies = std::array::from_fn::<_, BODIES, _>(|at| {
            let number = f64::from(at as u32);
            Body {
                place: [number, number * number, -number],
                velocity: [0.0; 3],
                mass: 1.0 + number,
            }
        });
        for _ in 0..1_000 {
            advance(&mut bodies);
        }
        for axis in 0..3 {
            let push = bodies.iter().map(|body| body.velocity[axis] * body.mass);
            assert!(push.sum::<f64>().abs() < 1e-12);
        }
        assert!(bodies[0].velocity[0] > 0.0);
    }
}
