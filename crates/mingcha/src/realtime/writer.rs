//! Writer（入库队列）: calls that wait at one moment are written in one transaction, and each is answered when it is on the disk.

use store::Store;
use store::realtime::{CallOutcome, CallRecord};
use tokio::sync::{mpsc, oneshot};

/// Most calls of one transaction.
const MOST: usize = 256;

/// Most calls that wait; beyond that the sender waits before it may.
const WAITING: usize = 1_024;

type Waiting = (CallRecord, oneshot::Sender<Result<CallOutcome, String>>);

/// Writer（入库队列）.
pub(crate) struct Writer {
    queue: mpsc::Sender<Waiting>,
}

impl Writer {
    /// Begins to write into a store, until the last sender is gone.
    pub(crate) fn begin(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        tokio::spawn(write(store, waiting));
        Self { queue }
    }

    /// Keeps a call; when this returns it is on the disk.
    pub(crate) async fn keep(&self, record: CallRecord) -> Result<CallOutcome, String> {
        let (answer, answered) = oneshot::channel();
        let gone = || "the queue of calls has ended".to_owned();
        self.queue.send((record, answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn write(store: Store, mut waiting: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(MOST);
    while waiting.recv_many(&mut group, MOST).await > 0 {
        let (records, answers): (Vec<CallRecord>, Vec<_>) = group.drain(..).unzip();
        match store.record_calls(&records).await {
            Ok(outcomes) => {
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    // Whoever asked may have gone: what was written stays.
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(problem) => {
                for answer in answers {
                    let _ = answer.send(Err(problem.to_string()));
                }
            }
        }
    }
}
