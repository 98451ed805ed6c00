//! Chance that can be had again: xorshift64*, told its seed.

use keystead_directory::secret;

pub struct Random(u64);

impl Random {
    /// A new seed each time, printed so that a failure can be had again with `KEYSTEAD_TEST_SEED`.
    pub fn new() -> Self {
        let seed = std::env::var("KEYSTEAD_TEST_SEED")
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| u64::from_le_bytes(secret::random()) | 1);
        #[expect(clippy::print_stderr, reason = "shown only when the test fails")]
        {
            eprintln!("KEYSTEAD_TEST_SEED={seed}");
        }
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// One of these.
    pub fn one_of<'a, T>(&mut self, these: &'a [T]) -> &'a T {
        &these[self.below(these.len())]
    }

    /// Yes, `percent` times out of a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
