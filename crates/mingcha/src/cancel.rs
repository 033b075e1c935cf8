//! Ctrl-C: the first asks for a clean end, the second ends at once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by Ctrl-C; long work looks at it.
pub(crate) fn flag() -> &'static AtomicBool {
    static FLAG: AtomicBool = AtomicBool::new(false);
    static WATCHED: OnceLock<()> = OnceLock::new();
    WATCHED.get_or_init(|| {
        std::thread::spawn(watch);
    });
    &FLAG
}

fn watch() {
    // Without a handler Ctrl-C still ends the process, and every write is whole or not at all.
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("正在取消，再按一次 Ctrl-C 立即结束");
            flag().store(true, Ordering::Relaxed);
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            end_now();
        }
    });
}

#[expect(clippy::exit, reason = "the user asked twice; what was written is whole at every moment")]
fn end_now() -> ! {
    std::process::exit(130)
}
