//! Work on several things at once.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does some work for every task, on so many threads, and gives what came of it in the order of the tasks. The first fault is what is given
/// instead.
pub fn side_by_side<T: Sync, R: Send, E: Send>(
    threads: usize,
    tasks: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let share = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(number) else { return Ok(done) };
            done.push((number, work(task)?));
        }
    };
    let shares: Vec<Result<Vec<(usize, R)>, E>> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads.clamp(1, tasks.len().max(1))).map(|_| scope.spawn(share)).collect();
        running.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut done = Vec::with_capacity(tasks.len());
    for share in shares {
        done.extend(share?);
    }
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_tasks() {
        let tasks: Vec<usize> = (0..100).collect();
        let doubled = side_by_side(4, &tasks, |task| Ok::<_, ()>(task * 2));
        assert_eq!(doubled, Ok(tasks.iter().map(|task| task * 2).collect()));
        assert_eq!(side_by_side(3, &[] as &[usize], |_| Ok::<usize, ()>(1)), Ok(Vec::new()));
    }

    #[test]
    fn a_fault_is_told() {
        let done = side_by_side(2, &[1, 2, 3], |task| if *task == 2 { Err("two") } else { Ok(*task) });
        assert_eq!(done, Err("two"));
    }
}
