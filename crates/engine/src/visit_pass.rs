//! Visit pass（就诊遍）: folders stream through in chunks; each is normalised once and judged by every rule.

use claims::Text;
use claims::chart::{Chart, Folder, chart};

use crate::context::RunContext;
use crate::items::Items;
use crate::judge::judge;
use crate::program::Program;
use crate::sink::{Billed, Sink};
use crate::traces::sale;

/// Lines gathered before the rules' expressions are evaluated: as many rows as one vectorised evaluation pays for.
const CHUNK_LINES: usize = 2_048;

/// Judges folders one after another and writes to the sink.
pub(crate) struct VisitPass<'a> {
    program: &'a Program,
    context: &'a RunContext,
    items: Items<'a>,
    charts: Vec<Chart>,
    lines: usize,
    pub(crate) sink: Sink,
}

impl<'a> VisitPass<'a> {
    pub(crate) fn new(program: &'a Program, context: &'a RunContext) -> Self {
        Self {
            program,
            context,
            items: Items::new(&program.by_item),
            charts: Vec::new(),
            lines: 0,
            sink: Sink::new(program.rules.len()),
        }
    }

    /// Takes the next folder.
    pub(crate) fn push(&mut self, folder: Folder) -> Result<(), String> {
        let unplaced = self.context.traces.unplaced_lines(&folder);
        let chart = chart(folder, &self.program.norms);
        if let Some(unplaced) = unplaced {
            sale::emit(&self.context.traces, &chart, &unplaced, &mut self.sink);
        }
        self.take(chart)
    }

    /// Takes a folder that is normalised already.
    pub(crate) fn take(&mut self, chart: Chart) -> Result<(), String> {
        self.lines += chart.lines.len();
        self.count_billing(&chart);
        self.charts.push(chart);
        if self.lines >= CHUNK_LINES { self.flush() } else { Ok(()) }
    }

    /// Judges what is gathered.
    pub(crate) fn flush(&mut self) -> Result<(), String> {
        let charts = std::mem::take(&mut self.charts);
        self.lines = 0;
        judge(self.program, self.context, &mut self.items, &charts, &mut self.sink)
    }

    /// Adds billing of items whose stock is known; stock rules compare the two after the pass.
    fn count_billing(&mut self, chart: &Chart) {
        let Some(stocked) = self.context.stocked.get(&chart.fixmedins_code) else { return };
        for line in &chart.lines {
            let Some(code) = line.code().filter(|code| stocked.contains(*code)) else { continue };
            let key = (Text::clone(&chart.fixmedins_code), Text::clone(code));
            self.sink.billed.entry(key).or_default().push(Billed { day: line.day, cnt: line.cnt, amount: line.amount });
        }
    }
}
