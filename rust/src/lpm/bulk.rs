//! Work on whole columns: in stretches, by as many threads as the process may use.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Rows of a stretch: enough that threads seldom wait for one another.
const STRETCH: usize = 1 << 16;

/// Fill a column stretch by stretch; of several errors the one of the first stretch counts.
///
/// A column fresh from the system (`vec![0; n]`) is not touched before, so that the threads share
/// the cost of its pages.
///
/// # Errors
/// That of `work`.
pub fn fill<T: Send, E: Send>(
    column: &mut [T],
    work: impl Fn(Range<usize>, &mut [T]) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let n = column.len();
    if n <= STRETCH {
        return work(0..n, column);
    }
    let n_threads = thread::available_parallelism().map_or(1, usize::from);
    let n_threads = n_threads.min(n.div_ceil(STRETCH));
    let stretches = Mutex::new(column.chunks_mut(STRETCH).enumerate());
    let failed: Mutex<Option<(usize, E)>> = Mutex::new(None);
    let take = || {
        // Stretches are taken in order: whoever has an earlier one goes on with it.
        while lock(&failed).is_none() {
            let next = lock(&stretches).next();
            let Some((number, stretch)) = next else {
                return;
            };
            let first = number * STRETCH;
            if let Err(error) = work(first..first + stretch.len(), stretch) {
                let mut failed = lock(&failed);
                if failed.as_ref().is_none_or(|(other, _)| number < *other) {
                    *failed = Some((number, error));
                }
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..n_threads {
            scope.spawn(take);
        }
        take();
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
