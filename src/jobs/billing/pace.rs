//! Giving way: billing can wait, and whoever asks cannot. On a machine that both share, it works less while answers are worked
//! out, and as fast as it can while none are.

use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;

/// For each moment that somebody waited for an answer while billing worked, it rests so many.
const RESTS: u32 = 3;
/// Short enough that a page is done long before its lease runs out.
const LONGEST_REST: Duration = Duration::from_millis(500);

/// Does a piece of work, and then rests the longer, the longer others have waited for answers meanwhile.
pub(super) async fn give_way<T>(app: &App, work: impl Future<Output = T>) -> T {
    let (begun, before) = (Instant::now(), app.metrics.time_answering());
    let done = work.await;
    let waited = app.metrics.time_answering().saturating_sub(before);
    tokio::time::sleep(rest(begun.elapsed(), waited)).await;
    done
}

fn rest(worked: Duration, waited: Duration) -> Duration {
    // Many may wait at once; billing goes on with a quarter of the time however many do.
    waited.min(worked).saturating_mul(RESTS).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_as_long_as_others_waited_and_never_stands_still() {
        for (worked, waited, rests) in
            [(40, 0, 0), (40, 2, 6), (40, 40, 120), (40, 4_000, 120), (400, 400, 500)]
        {
            let [worked, waited, rests] = [worked, waited, rests].map(Duration::from_millis);
            assert_eq!(rest(worked, waited), rests, "{worked:?} of work, {waited:?} of waiting");
        }
    }
}
